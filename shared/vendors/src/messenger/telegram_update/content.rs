//! Content of a message that the bot cannot read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::wire::{Message, read};

/// What a person has sent instead of a photo or words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    Sticker,
    /// A spoken message.
    Voice,
    /// A video, also a round one and an animation.
    Video,
    Location,
    Contact,
    /// An image as a file, of a type that nothing here reads.
    UnreadableImage,
    File,
    Other,
}

/// The fields of a message that a person can send. What Telegram reports of a chat (a pinned message, a
/// new background) stands in other fields, and gets no answer.
const FIELDS: [(&str, Content); 18] = [
    ("animation", Content::Video),
    ("audio", Content::Voice),
    ("checklist", Content::Other),
    ("contact", Content::Contact),
    ("dice", Content::Other),
    ("document", Content::File),
    ("game", Content::Other),
    ("live_photo", Content::Video),
    ("location", Content::Location),
    ("paid_media", Content::Other),
    ("poll", Content::Other),
    ("rich_message", Content::Other),
    ("sticker", Content::Sticker),
    ("story", Content::Other),
    ("venue", Content::Location),
    ("video", Content::Video),
    ("video_note", Content::Video),
    ("voice", Content::Voice),
];

#[derive(Deserialize)]
struct Update {
    message: BTreeMap<String, IgnoredAny>,
}

/// The content of a message without a photo and without words, if it has any.
pub(super) fn of(message: &Message, body: &[u8]) -> Option<Content> {
    if message
        .document
        .as_ref()
        .and_then(|document| document.image())
        == Some(false)
    {
        return Some(Content::UnreadableImage);
    }
    let update: Update = read(body).ok()?;
    let found = FIELDS
        .iter()
        .find(|(name, _)| update.message.contains_key(*name));
    found.map(|(_, content)| *content)
}
