//! Telegram, through teloxide.

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::StreamExt;
use std::time::Duration;
use teloxide::net::Download;
use teloxide::payloads::{EditMessageTextSetters, SendMessageSetters, SetWebhookSetters};
use teloxide::requests::Requester;
use teloxide::types::{
    AllowedUpdate, ChatAction, ChatId, FileId, MessageId, ParseMode, ReplyParameters,
};
use teloxide::{ApiError, Bot, DownloadError, RequestError};

use super::config::MessengerConfig;
use super::{Messenger, Outgoing};
use crate::error::Error;
use crate::providers::{ProviderError, ProviderErrorKind as Kind};

/// Name of this provider in errors.
pub const NAME: &str = "telegram";

pub(super) struct Telegram {
    bot: Bot,
    config: MessengerConfig,
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
}

#[async_trait]
impl Messenger for Telegram {
    async fn send(&self, message: &Outgoing) -> Result<i64, ProviderError> {
        let mut call = self
            .bot
            .send_message(ChatId(message.chat_id), &message.html)
            .parse_mode(ParseMode::Html);
        if let Some(id) = message.reply_to.and_then(|id| i32::try_from(id).ok()) {
            call = call.reply_parameters(
                ReplyParameters::new(MessageId(id)).allow_sending_without_reply(),
            );
        }
        let sent = call.await.map_err(of_request)?;
        Ok(i64::from(sent.id.0))
    }

    async fn edit(&self, chat_id: i64, message_id: i64, html: &str) -> Result<(), ProviderError> {
        let id = i32::try_from(message_id)
            .map_err(|_| ProviderError::new(NAME, Kind::Rejected, "not a message id"))?;
        let edited = self
            .bot
            .edit_message_text(ChatId(chat_id), MessageId(id), html)
            .parse_mode(ParseMode::Html)
            .await;
        match edited {
            // It reads so already: an earlier attempt got through.
            Ok(_) | Err(RequestError::Api(ApiError::MessageNotModified)) => Ok(()),
            Err(why) => Err(of_request(why)),
        }
    }

    async fn typing(&self, chat_id: i64) -> Result<(), ProviderError> {
        self.bot
            .send_chat_action(ChatId(chat_id), ChatAction::Typing)
            .await
            .map(|_| ())
            .map_err(of_request)
    }

    async fn download(&self, file_id: &str, limit: usize) -> Result<Option<Bytes>, ProviderError> {
        let file = self
            .bot
            .get_file(FileId(file_id.to_owned()))
            .await
            .map_err(of_request)?;
        if file.size as usize > limit {
            return Ok(None);
        }
        let mut chunks = self.bot.download_file_stream(&file.path);
        let mut bytes = Vec::with_capacity(file.size as usize);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|why| ProviderError::of_reqwest(NAME, why))?;
            // The size that getFile told is a promise, not a bound.
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
        let mut call = self.bot.set_webhook(url).allowed_updates([
            AllowedUpdate::Message,
            AllowedUpdate::CallbackQuery,
            AllowedUpdate::PreCheckoutQuery,
        ]);
        if let Some(secret) = &self.config.webhook_secret {
            call = call.secret_token(secret);
        }
        call.await.map(|_| ()).map_err(of_request)
    }
}

fn of_request(why: RequestError) -> ProviderError {
    let kind = match &why {
        RequestError::RetryAfter(seconds) => Kind::RateLimited(Some(seconds.duration())),
        RequestError::Api(ApiError::InvalidToken) => Kind::Auth,
        // teloxide knows errors by their text, so what Telegram calls "Internal Server Error"
        // or "Bad Gateway" arrives as an unknown text.
        RequestError::Api(ApiError::Unknown(text)) if is_server_fault(text) => Kind::Transient,
        RequestError::Api(_) | RequestError::MigrateToChatId(_) => Kind::Rejected,
        RequestError::Network(why) if why.is_timeout() && !why.is_connect() => Kind::Timeout,
        RequestError::Network(_) | RequestError::Io(_) => Kind::Transient,
        RequestError::InvalidJson { .. } => Kind::Protocol,
    };
    // The address of a request holds the token: keep to texts that cannot quote it.
    let message = match &why {
        RequestError::Network(_) => "the connection failed".to_owned(),
        RequestError::InvalidJson { source, .. } => format!("not the JSON we expect: {source}"),
        other => other.to_string(),
    };
    ProviderError::new(NAME, kind, message)
}

fn is_server_fault(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "internal server error",
        "bad gateway",
        "gateway timeout",
        "service unavailable",
        "restart",
    ]
    .iter()
    .any(|fault| text.contains(fault))
}

impl From<DownloadError> for ProviderError {
    fn from(why: DownloadError) -> Self {
        let message = match why {
            DownloadError::Network(_) => "the download broke off".to_owned(),
            DownloadError::Io(why) => why.to_string(),
        };
        Self::new(NAME, Kind::Transient, message)
    }
}
