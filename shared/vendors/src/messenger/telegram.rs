//! Telegram, in the types of teloxide (crate `teloxide-core`, ADR 5).
//!
//! Source: <https://core.telegram.org/bots/api>. The calls are our own: teloxide ignores the
//! status, sleeps ten seconds on every 5xx, and knows errors by their text alone.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use reqwest::StatusCode;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use teloxide_core::Bot;
use teloxide_core::net::Download;
use teloxide_core::payloads::{
    AnswerPreCheckoutQuery, AnswerPreCheckoutQuerySetters, CreateInvoiceLink,
    CreateInvoiceLinkSetters, EditMessageText, EditMessageTextSetters, GetFile, SendChatAction,
    SendMessage, SendMessageSetters, SetWebhook, SetWebhookSetters,
};
use teloxide_core::requests::Payload;
use teloxide_core::types::{
    AllowedUpdate, ChatAction, ChatId, FileId, LabeledPrice, MessageId, ParseMode,
    PreCheckoutQueryId, ReplyParameters, True,
};

use super::config::MessengerConfig;
use super::{Invoice, Invoices, Messenger, Outgoing, SERVICE};
use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::error::Error;

/// Name of this provider in errors.
pub const NAME: &str = "telegram";

pub(super) struct Telegram {
    bot: Bot,
    config: MessengerConfig,
}

/// Every answer of the Bot API.
#[derive(Deserialize)]
struct Envelope<T> {
    ok: bool,
    result: Option<T>,
    error_code: Option<u16>,
    #[serde(default)]
    description: String,
    parameters: Option<Parameters>,
}

#[derive(Deserialize)]
struct Parameters {
    /// Seconds.
    retry_after: Option<u64>,
}

#[derive(Deserialize)]
struct Sent {
    message_id: i64,
}

#[derive(Deserialize)]
struct FileInfo {
    /// Optional in the Bot API.
    file_size: Option<usize>,
    file_path: String,
}

impl Telegram {
    pub(super) fn new(config: &MessengerConfig) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(config.timeout)
            .tcp_nodelay(true)
            .build()
            .map_err(|why| Error::internal(format!("the HTTP client of {NAME}: {why}")))?;
        let bot = Bot::with_client(&config.bot_token, http).set_api_url(config.api_url.clone());
        Ok(Self {
            bot,
            config: config.clone(),
        })
    }

    async fn call<P, T>(&self, payload: &P) -> Result<T, ProviderError>
    where
        P: Payload + Serialize + Sync,
        T: DeserializeOwned,
    {
        let base = self.config.api_url.as_str().trim_end_matches('/');
        let url = format!("{base}/bot{}/{}", self.config.bot_token, P::NAME);
        let call = self.bot.client().post(url).json(payload);
        let response = call.send().await.map_err(of_reqwest)?;
        let status = response.status();
        answer(status, &response.bytes().await.map_err(of_reqwest)?)
    }
}

#[async_trait]
impl Messenger for Telegram {
    async fn send(&self, message: &Outgoing) -> Result<i64, ProviderError> {
        let mut call =
            SendMessage::new(ChatId(message.chat_id), &message.html).parse_mode(ParseMode::Html);
        if let Some(id) = message.reply_to.and_then(|id| i32::try_from(id).ok()) {
            call = call.reply_parameters(
                ReplyParameters::new(MessageId(id)).allow_sending_without_reply(),
            );
        }
        let sent: Sent = self.call(&call).await?;
        Ok(sent.message_id)
    }

    async fn edit(&self, chat_id: i64, message_id: i64, html: &str) -> Result<(), ProviderError> {
        let id =
            i32::try_from(message_id).map_err(|_| failed(Kind::Rejected, "not a message id"))?;
        let call =
            EditMessageText::new(ChatId(chat_id), MessageId(id), html).parse_mode(ParseMode::Html);
        match self.call::<_, IgnoredAny>(&call).await {
            // It has this text already: an earlier attempt got through.
            Err(why) if why.message.contains("message is not modified") => Ok(()),
            edited => edited.map(|_| ()),
        }
    }

    async fn draft(&self, chat_id: i64, draft_id: i32, html: &str) -> Result<(), ProviderError> {
        let call = SendMessageDraft {
            chat_id: ChatId(chat_id),
            draft_id,
            text: html,
            parse_mode: ParseMode::Html,
        };
        self.call::<_, IgnoredAny>(&call).await.map(|_| ())
    }

    async fn typing(&self, chat_id: i64) -> Result<(), ProviderError> {
        let call = SendChatAction::new(ChatId(chat_id), ChatAction::Typing);
        self.call::<_, IgnoredAny>(&call).await.map(|_| ())
    }

    async fn download(&self, file_id: &str, limit: usize) -> Result<Option<Bytes>, ProviderError> {
        let call = GetFile::new(FileId(file_id.to_owned()));
        let file: FileInfo = match self.call(&call).await {
            // Above 20 MB the Bot API gives no path.
            Err(why) if why.message.contains("file is too big") => return Ok(None),
            info => info?,
        };
        let size = file.file_size.unwrap_or(0);
        if size > limit {
            return Ok(None);
        }
        let mut chunks = self.bot.download_file_stream(&file.file_path);
        let mut bytes = Vec::with_capacity(size);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(of_reqwest)?;
            // The size in the answer to getFile is not guaranteed.
            if bytes.len() + chunk.len() > limit {
                return Ok(None);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Some(bytes.into()))
    }

    async fn register_webhook(&self) -> Result<(), ProviderError> {
        let Some(url) = self.config.webhook_url.clone() else {
            return Ok(());
        };
        // Named one by one: an omitted list keeps the one of the last call.
        let mut call = SetWebhook::new(url).allowed_updates([
            AllowedUpdate::Message,
            AllowedUpdate::CallbackQuery,
            AllowedUpdate::PreCheckoutQuery,
        ]);
        if let Some(secret) = &self.config.webhook_secret {
            call = call.secret_token(secret);
        }
        self.call::<_, IgnoredAny>(&call).await.map(|_| ())
    }
}

/// <https://core.telegram.org/bots/api#sendmessagedraft>; teloxide does not know it yet.
#[derive(Serialize)]
struct SendMessageDraft<'a> {
    chat_id: ChatId,
    draft_id: i32,
    text: &'a str,
    parse_mode: ParseMode,
}

impl Payload for SendMessageDraft<'_> {
    type Output = True;
    const NAME: &'static str = "SendMessageDraft";
}

/// The currency of Telegram Stars.
const STARS: &str = "XTR";

#[async_trait]
impl Invoices for Telegram {
    async fn invoice_link(&self, invoice: &Invoice) -> Result<String, ProviderError> {
        // Stars need exactly one price and an empty provider token.
        let price = [LabeledPrice::new(&invoice.title, invoice.stars)];
        let (title, description) = (&invoice.title, &invoice.description);
        let call = CreateInvoiceLink::new(title, description, &invoice.payload, STARS, price)
            .provider_token("");
        self.call(&call).await
    }

    async fn answer_checkout(
        &self,
        query_id: &str,
        decision: Result<(), &str>,
    ) -> Result<(), ProviderError> {
        let id = PreCheckoutQueryId(query_id.to_owned());
        let mut call = AnswerPreCheckoutQuery::new(id, decision.is_ok());
        if let Err(why) = decision {
            call = call.error_message(why);
        }
        self.call::<_, IgnoredAny>(&call).await.map(|_| ())
    }
}

fn answer<T: DeserializeOwned>(status: StatusCode, body: &[u8]) -> Result<T, ProviderError> {
    let envelope: Envelope<T> =
        serde_json::from_slice(body).map_err(|why| unreadable(status, &why))?;
    if envelope.ok {
        let missing = || failed(Kind::Protocol, "ok, but without a result");
        return envelope.result.ok_or_else(missing);
    }
    let code = envelope.error_code.unwrap_or(status.as_u16());
    let after = envelope
        .parameters
        .and_then(|parameters| parameters.retry_after);
    let kind = match code {
        429 => Kind::RateLimited(after.map(Duration::from_secs)),
        // The methods exist, so what is not found is the bot.
        401 | 404 => Kind::Auth,
        500.. => Kind::Transient,
        _ => Kind::Rejected,
    };
    let description: String = envelope.description.chars().take(500).collect();
    Err(failed(kind, format!("{code}: {description}")))
}

/// An answer that is not the Bot API's. It is not quoted: a gateway's page may name the address
/// that was asked, and the address holds the token.
fn unreadable(status: StatusCode, why: &serde_json::Error) -> ProviderError {
    let kind = match status.as_u16() {
        429 => Kind::RateLimited(None),
        500.. => Kind::Transient,
        _ => Kind::Protocol,
    };
    let place = format!("line {}, column {}", why.line(), why.column());
    failed(kind, format!("{status}: not the JSON we expect, {place}"))
}

fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}

fn of_reqwest(why: reqwest::Error) -> ProviderError {
    http::failed(SERVICE, NAME, why)
}
