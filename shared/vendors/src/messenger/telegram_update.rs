//! Updates of the Bot API, in types of our own. Called by the webhook's handler.
//!
//! Only what is used is read. The Bot API grows every month: a field, an entity or a kind of update
//! that is not known here must change nothing of what is. Source:
//! <https://core.telegram.org/bots/api#update>.

use std::collections::BTreeMap;

use kernel::text::storable_json;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// What a person did in the bot's chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Counts the updates of a bot; may arrive more than once.
    pub update_id: i64,
    pub event: Option<ChatEvent>,
}

/// Something in a private chat that the bot answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatEvent {
    pub chat_id: i64,
    pub message_id: i64,
    pub from: Sender,
    pub kind: EventKind,
}

/// A person, as Telegram describes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    pub telegram_id: i64,
    pub username: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// IETF tag; Telegram leaves it out for some clients.
    pub language_code: Option<String>,
}

/// Kinds of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// The command `/start`.
    Start,
    /// A photo, or an image sent as a file.
    Photo {
        file_id: String,
        caption: Option<String>,
    },
    /// A button under a message of ours.
    Pressed { query_id: String, data: String },
    /// Any other message of a person.
    Other { text: Option<String> },
}

/// The largest id of a person: they have at most 52 significant bits
/// (<https://core.telegram.org/bots/api#user>).
pub const TELEGRAM_ID_MAX: i64 = (1 << 52) - 1;

/// Content of a message that a person can send. What Telegram reports of a chat (a pinned message,
/// a new background) stands in other fields, and gets no answer.
const CONTENT: [&str; 20] = [
    "animation",
    "audio",
    "checklist",
    "contact",
    "dice",
    "document",
    "game",
    "live_photo",
    "location",
    "paid_media",
    "photo",
    "poll",
    "rich_message",
    "sticker",
    "story",
    "text",
    "venue",
    "video",
    "video_note",
    "voice",
];

#[derive(Deserialize)]
struct Update<M> {
    update_id: i64,
    message: Option<M>,
    callback_query: Option<Press>,
}

#[derive(Deserialize)]
struct Press {
    id: String,
    from: User,
    message: Option<Pressed>,
    data: Option<String>,
}

/// The message under which the button is.
#[derive(Deserialize)]
struct Pressed {
    message_id: i64,
    chat: Chat,
}

#[derive(Deserialize)]
struct Message {
    message_id: i64,
    chat: Chat,
    from: Option<User>,
    text: Option<String>,
    caption: Option<String>,
    #[serde(default)]
    photo: Vec<PhotoSize>,
    document: Option<Document>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct User {
    id: i64,
    is_bot: bool,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    language_code: Option<String>,
}

impl User {
    fn is_person(&self) -> bool {
        !self.is_bot && (1..=TELEGRAM_ID_MAX).contains(&self.id)
    }
}

#[derive(Deserialize)]
struct PhotoSize {
    file_id: String,
    width: u64,
    height: u64,
}

#[derive(Deserialize)]
struct Document {
    file_id: String,
    mime_type: Option<String>,
}

/// Reads the body of a webhook call.
///
/// # Errors
/// Why it is not an update.
pub fn parse(body: &[u8]) -> Result<Incoming, String> {
    let body = &*storable_json(body);
    let update: Update<Message> = read(body)?;
    let message = update
        .message
        .filter(|message| message.chat.kind == "private");
    Ok(Incoming {
        update_id: update.update_id,
        event: match update.callback_query {
            Some(press) => pressed(press),
            None => message.and_then(|message| event(message, body)),
        },
    })
}

/// The error tells the place alone: the text around it may be a person's.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|why| {
        let (line, column) = (why.line(), why.column());
        format!("not the JSON of an update, line {line}, column {column}")
    })
}

fn event(message: Message, body: &[u8]) -> Option<ChatEvent> {
    let from = message.from.filter(User::is_person)?;
    let kind = match file(message.photo, message.document) {
        Some(file_id) => EventKind::Photo {
            file_id,
            caption: message.caption,
        },
        None if is_start(message.text.as_deref()) => EventKind::Start,
        None if has_content(body) => EventKind::Other { text: message.text },
        None => return None,
    };
    Some(ChatEvent {
        chat_id: message.chat.id,
        message_id: message.message_id,
        from: from.into(),
        kind,
    })
}

/// A pressed button of the bot's private chat.
fn pressed(press: Press) -> Option<ChatEvent> {
    let message = press.message.filter(|under| under.chat.kind == "private")?;
    Some(ChatEvent {
        chat_id: message.chat.id,
        message_id: message.message_id,
        from: press.from.into(),
        kind: EventKind::Pressed {
            query_id: press.id,
            data: press.data.unwrap_or_default(),
        },
    })
}

impl From<User> for Sender {
    fn from(user: User) -> Self {
        Self {
            telegram_id: user.id,
            username: user.username,
            first_name: user.first_name,
            last_name: user.last_name,
            language_code: user.language_code,
        }
    }
}

/// The largest size of a photo, or an image that was sent as a file.
fn file(photo: Vec<PhotoSize>, document: Option<Document>) -> Option<String> {
    let largest = photo
        .into_iter()
        .max_by_key(|size| size.width.saturating_mul(size.height));
    let photo = largest.map(|size| size.file_id);
    photo.or_else(|| Some(document.filter(is_image)?.file_id))
}

fn is_image(document: &Document) -> bool {
    let mime = document.mime_type.as_deref().unwrap_or_default();
    mime.split('/')
        .next()
        .is_some_and(|kind| kind.eq_ignore_ascii_case("image"))
}

/// "/start@bot" and "/start <payload>" are the same command.
fn is_start(text: Option<&str>) -> bool {
    let command = text.and_then(|text| text.split_whitespace().next());
    command.is_some_and(|command| command.split('@').next() == Some("/start"))
}

fn has_content(body: &[u8]) -> bool {
    let update: Result<Update<BTreeMap<String, IgnoredAny>>, _> = read(body);
    let message = update.ok().and_then(|update| update.message);
    message.is_some_and(|message| CONTENT.iter().any(|name| message.contains_key(*name)))
}
