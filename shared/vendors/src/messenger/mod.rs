//! The messenger: messages to people, and the photos that they send.

mod config;
mod profile;
pub mod telegram;
mod telegram_keyboard;
pub mod telegram_payment;
mod telegram_prepared;
mod telegram_profile;
mod telegram_stars;
pub mod telegram_update;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use url::Url;

pub use config::{MessengerConfig, SETTINGS};
pub use profile::{BotCommand, BotProfile};

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

    /// Sends a picture, with the text of the message beneath it (at most 1,024 units of UTF-16), and returns its
    /// id. Not idempotent.
    async fn send_photo(&self, message: &Outgoing, picture: Bytes) -> Result<i64, ProviderError>;

    /// Replaces text and keyboard of a message of ours. Idempotent. `false`: there is no such message, or
    /// it can no longer be edited.
    async fn edit(&self, message_id: i64, message: &Outgoing) -> Result<bool, ProviderError>;

    /// Replaces the keyboard of a message of ours. Idempotent; `false` as of [`Messenger::edit`].
    async fn edit_keyboard(
        &self,
        chat_id: i64,
        message_id: i64,
        keyboard: &Keyboard,
    ) -> Result<bool, ProviderError>;

    /// Shows a text that is still being written, for about half a minute or until a message comes.
    /// Another call for the same `draft_id` (not 0) replaces it. Only people's own chats take it.
    async fn draft(&self, chat_id: i64, draft_id: i32, html: &str) -> Result<(), ProviderError>;

    /// Shows "typing" in a chat for about five seconds.
    async fn typing(&self, chat_id: i64) -> Result<(), ProviderError>;

    /// Stores a message with a picture that a person may send to chats of their choice, from the Mini App.
    /// The messenger fetches the picture from its address.
    async fn prepare_photo(
        &self,
        telegram_id: i64,
        message: &PhotoMessage,
    ) -> Result<Prepared, ProviderError>;

    /// The user name of the bot, without `@`.
    async fn name(&self) -> Result<String, ProviderError>;
}

/// What people send to a messenger.
#[async_trait]
pub trait Inbox: Send + Sync {
    /// Registers the address for updates. Does nothing if no address is configured.
    async fn register_webhook(&self) -> Result<(), ProviderError>;

    /// Sets what people see of the bot before they write to it, where that differs from what they see now.
    async fn present(&self, profile: &BotProfile) -> Result<(), ProviderError>;

    /// Has the button beside the text field open an app, in all chats without a button of their own, if that
    /// differs from what it does now. `text`: at most 64 characters.
    async fn offer_app(&self, text: &str, app: &Url) -> Result<(), ProviderError>;

    /// Who receives updates, and where they go.
    async fn state(&self) -> Result<InboxState, ProviderError>;

    /// Ends the sign of waiting at a button that was pressed. Idempotent; does nothing at one that was pressed
    /// long ago.
    async fn answer_press(&self, query_id: &str) -> Result<(), ProviderError>;

    /// Downloads a file of at most `limit` bytes; `None` if it is larger. `NotReady`: there is no such file,
    /// or not yet.
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
    pub keyboard: Keyboard,
}

impl Outgoing {
    /// A text for a chat.
    pub fn new(chat_id: i64, html: impl Into<String>) -> Self {
        Self {
            chat_id,
            html: html.into(),
            ..Self::default()
        }
    }
}

/// A message with a picture, to be sent by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhotoMessage {
    /// Public address of a JPEG.
    pub url: String,
    /// Plain text.
    pub caption: String,
    pub button: Button,
}

/// A message that was stored for a person to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    pub id: String,
    /// From then on it cannot be sent.
    pub expires_at: DateTime<Utc>,
}

/// Buttons under a message, row by row.
pub type Keyboard = Vec<Vec<Button>>;

/// A button under a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    pub text: String,
    pub action: Action,
}

/// What a button does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// This comes back when it is pressed ([`telegram_update::EventKind::Pressed`]); at most 64 bytes.
    Press(String),
    /// Opens an address, such as that of an invoice.
    Open(String),
    /// Opens an app inside the messenger. Only people's own chats take it: elsewhere it is left out.
    OpenApp(Url),
    /// Opens the chat with the bot; the command `start` comes with this argument.
    Start(String),
    /// Lets a person send others this text, with a link that does the same.
    Share { argument: String, text: String },
}

impl Button {
    /// A button that sends something back.
    pub fn press(text: impl Into<String>, data: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            action: Action::Press(data.into()),
        }
    }

    /// A button that opens an app.
    pub fn open_app(text: impl Into<String>, app: Url) -> Self {
        Self {
            text: text.into(),
            action: Action::OpenApp(app),
        }
    }

    /// A button that opens an address.
    pub fn open(text: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            action: Action::Open(url.into()),
        }
    }
}

/// The address that opens the chat with a bot; the command `start` comes with this argument. Source:
/// <https://core.telegram.org/api/links#bot-links>.
pub fn start_link(bot: &str, argument: &str) -> String {
    format!("https://t.me/{bot}?start={argument}")
}

/// The address of Telegram's page where a person chooses with whom to share a bot. Source:
/// <https://core.telegram.org/widgets/share>.
pub fn share_link(bot: &str, text: &str) -> String {
    let address = format!("https://t.me/{bot}");
    let fields = [("url", address.as_str()), ("text", text)];
    let link = url::Url::parse_with_params("https://t.me/share/url", fields);
    link.map(String::from).unwrap_or(address)
}

/// The messenger that the configuration names; it is a gateway too.
///
/// # Errors
/// `Internal` if its HTTP client cannot be built.
pub fn build(config: &MessengerConfig) -> Result<Arc<telegram::Telegram>, Error> {
    Ok(Arc::new(telegram::Telegram::new(config)?))
}
