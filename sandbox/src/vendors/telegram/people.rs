//! What people write: texts, photos, files, places, albums. Each message goes into the chat and to
//! the bot as an update. Called by `control`, `payments`, `groups`; wakes the courier.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::attachments::Kind;
use super::entities::{MAX_CAPTION, MAX_TEXT, units};
use super::events::Event;
use super::model::{Chat, Message, Person};
use super::{Telegram, courier, groups, store, wire};
use crate::http::Upload;

/// Who acts, and in which chat.
#[derive(Debug, Clone)]
pub struct Scene {
    /// The person.
    pub person: Person,
    /// A group; none is their private chat.
    pub group: Option<i64>,
}

impl Scene {
    /// Id of the chat.
    pub fn chat_id(&self) -> i64 {
        self.group.unwrap_or(self.person.id)
    }
}

/// What one message brings.
#[derive(Debug, Default)]
pub struct Writing {
    /// Text or caption.
    pub text: Option<String>,
    /// A picture, to be sent as Telegram's apps send photos.
    pub photo: Option<Upload>,
    /// Any other file, with the fields of its kind.
    pub file: Option<(&'static Kind, Upload, Map<String, Value>)>,
    /// Fields of the Bot API's Message that are as they stand.
    pub extra: Map<String, Value>,
    /// Message this answers.
    pub reply_to: Option<i64>,
}

/// Sends messages; the error is a sentence for the client.
pub async fn write(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    writings: Vec<Writing>,
) -> Result<Vec<Message>, String> {
    reachable(telegram.state().bot(token).chat_at(scene))?;
    let mut messages = Vec::with_capacity(writings.len());
    for writing in writings {
        messages.push(message(telegram, token, writing).await?);
    }
    receive(telegram, token, scene, messages)
}

/// Telegram's apps let people do nothing with a bot that they have blocked or removed.
pub fn reachable(chat: &Chat) -> Result<(), String> {
    match chat.shut() {
        None => Ok(()),
        Some(_) => Err("the bot is blocked or not in this chat; bring it back first".into()),
    }
}

/// The message that a writing makes, its files kept.
pub async fn message(
    telegram: &Telegram,
    token: &str,
    writing: Writing,
) -> Result<Message, String> {
    fits(&writing)?;
    let mut message = Message {
        text: writing.text,
        reply_to: writing.reply_to,
        ..Message::default()
    };
    if !writing.extra.is_empty() {
        message.extra = writing.extra.into();
    }
    if let Some(photo) = &writing.photo {
        message.photo = store::keep_photo(telegram, token, &photo.bytes).await?;
    }
    if let Some((kind, upload, fields)) = writing.file {
        message.file = Some(store::keep_file(telegram, token, kind, &upload, fields).await?);
    }
    message.entities = commands(message.text.as_deref().unwrap_or_default());
    Ok(message)
}

/// Puts messages of a person, or about them, into the chat, and tells the bot.
pub fn receive(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    messages: Vec<Message>,
) -> Result<Vec<Message>, String> {
    let messages = {
        let mut state = telegram.state();
        let bot = state.bot(token);
        let chat = bot.chat_at(scene);
        let mut kept = Vec::with_capacity(messages.len());
        let mut updates = Vec::new();
        for mut message in messages {
            let answered = message.reply_to;
            if answered.is_some_and(|id| chat.message(id).is_none()) {
                return Err("the message to be replied to is not in this chat".into());
            }
            message.sender = scene.group.map(|_| scene.person.clone());
            let message = chat.push(message);
            telegram.publish(Event::message(token, chat, &message));
            if groups::hears(token, chat, &message) {
                updates.push(wire::message(token, chat, &message));
            }
            kept.push(message);
        }
        updates
            .into_iter()
            .for_each(|body| bot.queue("message", body));
        kept
    };
    telegram.world.touched();
    courier::wake(telegram, token);
    Ok(messages)
}

/// What Telegram's own apps would not let a person send.
fn fits(writing: &Writing) -> Result<(), String> {
    let media = writing.photo.is_some() || writing.file.is_some();
    let most = if media { MAX_CAPTION } else { MAX_TEXT };
    let length = units(writing.text.as_deref().unwrap_or_default());
    if length > most {
        return Err(format!(
            "Telegram takes at most {most} characters here, not {length}"
        ));
    }
    Ok(())
}

/// `/start`, `/start@name_bot` and their kind are marked by Telegram as bot_command.
fn commands(text: &str) -> Vec<super::Entity> {
    let mut entities = Vec::new();
    let mut offset = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let name = word.trim_end();
        let inner = name.strip_prefix('/').unwrap_or_default();
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '@';
        if !inner.is_empty() && inner.chars().all(plain) {
            let length = name.len();
            let kind = "bot_command".to_owned();
            entities.push(super::Entity {
                kind,
                offset,
                length,
                ..super::Entity::default()
            });
        }
        offset += units(word);
    }
    entities
}
