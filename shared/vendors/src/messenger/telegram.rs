//! Telegram's Bot API, in structs of our own (ADR 5).
//!
//! Source: <https://core.telegram.org/bots/api>.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use reqwest::RequestBuilder;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};
use tokio::sync::OnceCell;
use url::Url;

use super::config::MessengerConfig;
use super::{
    BotProfile, Inbox, InboxState, Keyboard, Messenger, Outgoing, PhotoMessage, Prepared, SERVICE,
};
use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::error::Error;

/// Name of this provider in errors.
pub const NAME: &str = "telegram";

/// A bot. It is the messenger, and the gateway for Telegram Stars.
pub struct Telegram {
    http: Client,
    config: MessengerConfig,
    /// The bot's user name, once it was asked for.
    name: OnceCell<String>,
}

/// An answer as it came.
type Answered = (StatusCode, Bytes);

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
    /// Of a group that has become another chat.
    migrate_to_chat_id: Option<i64>,
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

/// `getMe`.
#[derive(Deserialize)]
struct Bot {
    username: String,
}

#[derive(Deserialize)]
struct WebhookInfo {
    /// Empty: there is none.
    url: String,
    pending_update_count: u64,
    /// Seconds since 1970.
    last_error_date: Option<u64>,
    last_error_message: Option<String>,
}

impl Telegram {
    pub(super) fn new(config: &MessengerConfig) -> Result<Self, Error> {
        Ok(Self {
            http: http::client(Some(config.timeout))?,
            config: config.clone(),
            name: OnceCell::new(),
        })
    }

    fn address(&self, before_token: &str, path: &str) -> String {
        let base = self.config.api_url.as_str().trim_end_matches('/');
        format!("{base}/{before_token}{}/{path}", self.config.bot_token)
    }

    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        body: &Value,
    ) -> Result<T, ProviderError> {
        let answered = self.post(method, |call| call.json(body)).await?;
        let Some(chat_id) = moved_to(&answered) else {
            return answer(&answered);
        };
        let mut body = body.clone();
        body["chat_id"] = json!(chat_id);
        answer(&self.post(method, |call| call.json(&body)).await?)
    }

    /// The status and the body of the answer.
    async fn post(
        &self,
        method: &str,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Answered, ProviderError> {
        let call = with(self.http.post(self.address("bot", method)));
        let response = http::send(NAME, call).await.map_err(of_reqwest)?;
        let status = response.status();
        Ok((status, response.bytes().await.map_err(of_reqwest)?))
    }

    pub(super) async fn own_name(&self) -> Result<&str, ProviderError> {
        let ask = async || {
            let bot: Bot = self.call("getMe", &json!({})).await?;
            Ok(bot.username)
        };
        self.name.get_or_try_init(ask).await.map(String::as_str)
    }

    /// The fields that `sendMessage` and `editMessageText` share. An edit without a keyboard removes it.
    async fn text(&self, message: &Outgoing) -> Result<Value, ProviderError> {
        let mut body = json!({
            "chat_id": message.chat_id, "text": message.html, "parse_mode": "HTML",
            "link_preview_options": { "is_disabled": true },
        });
        if !message.keyboard.is_empty() {
            body["reply_markup"] = self.markup(message.chat_id, &message.keyboard).await?;
        }
        Ok(body)
    }

    /// Changes a message of ours; `false` if there is none to change. The Bot API has no code for it.
    async fn change(&self, method: &str, body: &Value) -> Result<bool, ProviderError> {
        const GONE: [&str; 3] = [
            "message to edit not found",
            "message can't be edited",
            "MESSAGE_ID_INVALID",
        ];
        match self.call::<IgnoredAny>(method, body).await {
            // It is so already: an earlier attempt got through.
            Err(why) if why.message.contains("message is not modified") => Ok(true),
            Err(why) if GONE.iter().any(|gone| why.message.contains(gone)) => Ok(false),
            changed => changed.map(|_| true),
        }
    }

    async fn fetch(&self, file_path: &str) -> Result<Response, ProviderError> {
        let call = self.http.get(self.address("file/bot", file_path));
        let response = http::send(NAME, call).await.map_err(of_reqwest)?;
        // The path was good for an hour, or the file server does not have it yet.
        if response.status() == StatusCode::NOT_FOUND {
            return Err(failed(Kind::NotReady, "404 instead of a file"));
        }
        let response = response.error_for_status().map_err(of_reqwest)?;
        match response.status() {
            StatusCode::OK => Ok(response),
            // Such as a redirect, whose body is no file.
            status => Err(failed(
                Kind::Protocol,
                format!("{status} instead of a file"),
            )),
        }
    }
}

#[async_trait]
impl Messenger for Telegram {
    async fn send(&self, message: &Outgoing) -> Result<i64, ProviderError> {
        let mut body = self.text(message).await?;
        if let Some(id) = message.reply_to {
            body["reply_parameters"] =
                json!({ "message_id": id, "allow_sending_without_reply": true });
        }
        let sent: Sent = self.call("sendMessage", &body).await?;
        Ok(sent.message_id)
    }

    async fn send_photo(&self, message: &Outgoing, picture: Bytes) -> Result<i64, ProviderError> {
        let mut form = Form::new()
            .text("chat_id", message.chat_id.to_string())
            .text("caption", message.html.clone())
            .text("parse_mode", "HTML")
            .part("photo", Part::stream(picture).file_name("picture"));
        if !message.keyboard.is_empty() {
            let markup = self.markup(message.chat_id, &message.keyboard).await?;
            form = form.text("reply_markup", markup.to_string());
        }
        let sent: Sent = answer(&self.post("sendPhoto", |call| call.multipart(form)).await?)?;
        Ok(sent.message_id)
    }

    async fn edit(&self, message_id: i64, message: &Outgoing) -> Result<bool, ProviderError> {
        let mut body = self.text(message).await?;
        body["message_id"] = json!(message_id);
        self.change("editMessageText", &body).await
    }

    async fn edit_keyboard(
        &self,
        chat_id: i64,
        message_id: i64,
        keyboard: &Keyboard,
    ) -> Result<bool, ProviderError> {
        let markup = self.markup(chat_id, keyboard).await?;
        let body = json!({ "chat_id": chat_id, "message_id": message_id, "reply_markup": markup });
        self.change("editMessageReplyMarkup", &body).await
    }

    async fn draft(&self, chat_id: i64, draft_id: i32, html: &str) -> Result<(), ProviderError> {
        let body = json!({
            "chat_id": chat_id, "draft_id": draft_id, "text": html, "parse_mode": "HTML",
        });
        self.call::<IgnoredAny>("sendMessageDraft", &body)
            .await
            .map(|_| ())
    }

    async fn typing(&self, chat_id: i64) -> Result<(), ProviderError> {
        let body = json!({ "chat_id": chat_id, "action": "typing" });
        self.call::<IgnoredAny>("sendChatAction", &body)
            .await
            .map(|_| ())
    }

    async fn prepare_photo(
        &self,
        telegram_id: i64,
        message: &PhotoMessage,
    ) -> Result<Prepared, ProviderError> {
        self.prepare(telegram_id, message).await
    }

    async fn name(&self) -> Result<String, ProviderError> {
        self.own_name().await.map(str::to_owned)
    }
}

#[async_trait]
impl Inbox for Telegram {
    async fn download(&self, file_id: &str, limit: usize) -> Result<Option<Bytes>, ProviderError> {
        let file: FileInfo = match self.call("getFile", &json!({ "file_id": file_id })).await {
            // Above 20 MB the Bot API gives no path.
            Err(why) if why.message.contains("file is too big") => return Ok(None),
            // The Bot API has one sentence for what is not there yet and for what never will be.
            Err(why) if why.message.contains("temporarily unavailable") => {
                return Err(failed(Kind::NotReady, why.message));
            }
            info => info?,
        };
        let size = file.file_size.unwrap_or(0);
        if size > limit {
            return Ok(None);
        }
        let mut chunks = self.fetch(&file.file_path).await?.bytes_stream();
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

    async fn state(&self) -> Result<InboxState, ProviderError> {
        let bot: Bot = self.call("getMe", &json!({})).await?;
        let webhook: WebhookInfo = self.call("getWebhookInfo", &json!({})).await?;
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let failed = webhook.last_error_date.unwrap_or(0);
        let is_recent = now.as_secs().saturating_sub(failed) < 3_600;
        Ok(InboxState {
            name: bot.username,
            webhook: Some(webhook.url).filter(|url| !url.is_empty()),
            pending: webhook.pending_update_count,
            last_error: webhook.last_error_message.filter(|_| is_recent),
        })
    }

    async fn answer_press(&self, query_id: &str) -> Result<(), ProviderError> {
        let body = json!({ "callback_query_id": query_id });
        match self.call::<IgnoredAny>("answerCallbackQuery", &body).await {
            // The sign of waiting is gone by itself.
            Err(why) if why.message.contains("query is too old") => Ok(()),
            answered => answered.map(|_| ()),
        }
    }

    async fn present(&self, profile: &BotProfile) -> Result<(), ProviderError> {
        self.set_profile(profile).await
    }

    async fn offer_app(&self, text: &str, app: &Url) -> Result<(), ProviderError> {
        self.set_menu_button(text, app).await
    }

    async fn register_webhook(&self) -> Result<(), ProviderError> {
        let Some(url) = &self.config.webhook_url else {
            return Ok(());
        };
        // Named one by one: an omitted list keeps the one of the last call.
        let updates = [
            "message",
            "edited_message",
            "callback_query",
            "message_reaction",
            "my_chat_member",
            "pre_checkout_query",
        ];
        let mut body = json!({ "url": url, "allowed_updates": updates });
        if let Some(secret) = &self.config.webhook_secret {
            body["secret_token"] = json!(secret);
        }
        self.call::<IgnoredAny>("setWebhook", &body)
            .await
            .map(|_| ())
    }
}

/// The chat that a group has become, if an answer refuses a call for that.
fn moved_to((status, body): &Answered) -> Option<i64> {
    if *status != StatusCode::BAD_REQUEST {
        return None;
    }
    let envelope: Envelope<IgnoredAny> = serde_json::from_slice(body).ok()?;
    envelope.parameters?.migrate_to_chat_id
}

fn answer<T: DeserializeOwned>((status, body): &Answered) -> Result<T, ProviderError> {
    let envelope: Envelope<T> =
        serde_json::from_slice(body).map_err(|why| unreadable(*status, &why))?;
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
        // Blocked, deactivated, or never written to.
        403 => Kind::RecipientGone,
        _ if is_gone(&envelope.description) => Kind::RecipientGone,
        _ => Kind::Rejected,
    };
    let description: String = envelope.description.chars().take(500).collect();
    Err(failed(kind, format!("{code}: {description}")))
}

/// Whether a 400 says that there is no such chat. The Bot API has no code for it.
fn is_gone(description: &str) -> bool {
    ["chat not found", "user not found", "PEER_ID_INVALID"]
        .iter()
        .any(|sentence| description.contains(sentence))
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

pub(super) fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}

fn of_reqwest(why: reqwest::Error) -> ProviderError {
    http::failed(SERVICE, NAME, why)
}
