//! Updates of the Bot API, in types of our own. Called by the webhook's handler.

use teloxide_core::types::{Document, Message, PhotoSize, Update, UpdateKind, User};

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
    /// Any other message.
    Other { text: Option<String> },
}

/// Reads the body of a webhook call.
///
/// # Errors
/// Why it is not an update.
pub fn parse(body: &[u8]) -> Result<Incoming, String> {
    let update: Update = serde_json::from_slice(body).map_err(|why| why.to_string())?;
    let event = match &update.kind {
        UpdateKind::Message(message) if message.chat.is_private() => event(message),
        UpdateKind::Error(_) => {
            return Err(format!("update {} has an unknown form", update.id.0));
        }
        _ => None,
    };
    Ok(Incoming {
        update_id: i64::from(update.id.0),
        event,
    })
}

fn event(message: &Message) -> Option<ChatEvent> {
    let from = message.from.as_ref().filter(|user| !user.is_bot)?;
    Some(ChatEvent {
        chat_id: message.chat.id.0,
        message_id: i64::from(message.id.0),
        from: sender(from)?,
        kind: kind(message),
    })
}

fn sender(user: &User) -> Option<Sender> {
    Some(Sender {
        telegram_id: i64::try_from(user.id.0).ok()?,
        username: user.username.clone(),
        first_name: Some(user.first_name.clone()),
        last_name: user.last_name.clone(),
        language_code: user.language_code.clone(),
    })
}

fn kind(message: &Message) -> EventKind {
    let photo = message.photo().and_then(largest).map(|photo| &photo.file);
    let is_image = |document: &&Document| {
        document
            .mime_type
            .as_ref()
            .is_some_and(|mime| mime.type_() == "image")
    };
    let file = photo.or_else(|| {
        message
            .document()
            .filter(is_image)
            .map(|document| &document.file)
    });
    if let Some(file) = file {
        let caption = message.caption().map(str::to_owned);
        return EventKind::Photo {
            file_id: file.id.0.clone(),
            caption,
        };
    }
    let text = message.text().map(str::to_owned);
    match text
        .as_deref()
        .and_then(|text| text.split_whitespace().next())
    {
        // "/start@bot" and "/start <payload>" are the same command.
        Some(command) if command.split('@').next() == Some("/start") => EventKind::Start,
        _ => EventKind::Other { text },
    }
}

fn largest(sizes: &[PhotoSize]) -> Option<&PhotoSize> {
    sizes
        .iter()
        .max_by_key(|size| u64::from(size.width) * u64::from(size.height))
}
