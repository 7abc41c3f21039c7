//! The messenger: messages to people, and the photos that they send.

mod config;
pub mod telegram;
pub mod telegram_payment;
pub mod telegram_update;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

pub use config::{MessengerConfig, SETTINGS};

use crate::{ProviderError, ProviderErrorKind, Service};
use kernel::error::{Error, ErrorCode};

/// The service of the messenger in errors.
pub const SERVICE: &Service = &Service::new("messenger", code);

fn code(kind: ProviderErrorKind) -> ErrorCode {
    match kind {
        ProviderErrorKind::RecipientGone => crate::codes::RECIPIENT_GONE,
        _ => crate::codes::MESSENGER_ERROR,
    }
}

/// A messenger.
#[async_trait]
pub trait Messenger: Send + Sync {
    /// Sends a message and returns its id. Not idempotent: sent twice, it is read twice.
    async fn send(&self, message: &Outgoing) -> Result<i64, ProviderError>;

    /// Replaces the text of a message. Idempotent.
    async fn edit(&self, chat_id: i64, message_id: i64, html: &str) -> Result<(), ProviderError>;

    /// Shows a text that is still being written, for about half a minute or until a message comes.
    /// Another call for the same `draft_id` (not 0) replaces it. Only people's own chats take it.
    async fn draft(&self, chat_id: i64, draft_id: i32, html: &str) -> Result<(), ProviderError>;

    /// Shows "typing" in a chat for about five seconds.
    async fn typing(&self, chat_id: i64) -> Result<(), ProviderError>;
}

/// What people send to a messenger.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Registers the address for updates. Does nothing if no address is configured.
    async fn register_webhook(&self) -> Result<(), ProviderError>;

    /// Who receives updates, and where they go.
    async fn state(&self) -> Result<InboxState, ProviderError>;

    /// Ends the sign of waiting at a button that was pressed. Idempotent.
    async fn answer_press(&self, query_id: &str) -> Result<(), ProviderError>;

    /// Downloads a file of at most `limit` bytes; `None` if it is larger.
    async fn download(&self, file_id: &str, limit: usize) -> Result<Option<Bytes>, ProviderError>;
}

/// How updates reach us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InboxState {
    /// The bot's user name, without `@`.
    pub name: String,
    /// Where updates are sent; `None`: nowhere.
    pub webhook: Option<String>,
    /// Updates that wait for their delivery.
    pub pending: u64,
    /// Why the newest delivery failed, within the last hour.
    pub last_error: Option<String>,
}

/// A messenger that asks before it takes a payment in its own currency.
#[async_trait]
pub trait Checkouts: Send + Sync {
    /// Allows a payment, or refuses it with a reason for the person. Idempotent; has no effect after
    /// ten seconds.
    async fn answer_checkout(
        &self,
        query_id: &str,
        decision: Result<(), &str>,
    ) -> Result<(), ProviderError>;
}

/// A message to send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    pub chat_id: i64,
    /// Text in the messenger's HTML; user text in it must be escaped.
    pub html: String,
    /// The message that it answers; sent also if that one is gone.
    pub reply_to: Option<i64>,
    pub button: Option<Button>,
}

/// A button under a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    pub text: String,
    /// What comes back when it is pressed ([`telegram_update::EventKind::Pressed`]); at most 64 bytes.
    pub data: String,
}

/// The messenger that the configuration names; it is a gateway too.
///
/// # Errors
/// `Internal` if its HTTP client cannot be built.
pub fn build(config: &MessengerConfig) -> Result<Arc<telegram::Telegram>, Error> {
    Ok(Arc::new(telegram::Telegram::new(config)?))
}
