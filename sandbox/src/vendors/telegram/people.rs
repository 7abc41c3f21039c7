//! What people do: write, send a photo or a file, tap a button. Each becomes a message in the
//! chat and an update for the bot. Called by `control`; wakes the courier.

use std::sync::Arc;

use serde_json::json;

use super::Telegram;
use super::entities::{MAX_CAPTION, MAX_TEXT, units};
use super::events::Event;
use super::model::{Message, Person};
use super::{courier, store, wire};
use crate::http::Upload;

/// What one message brings.
#[derive(Debug, Default)]
pub struct Writing {
    /// Text or caption.
    pub text: Option<String>,
    /// A picture, to be sent as Telegram's apps send photos.
    pub photo: Option<Upload>,
    /// Any file.
    pub document: Option<Upload>,
    /// Message this answers.
    pub reply_to: Option<i64>,
}

/// Sends one message as `person`; the error is a sentence for the client.
pub async fn write(
    telegram: &Arc<Telegram>,
    token: &str,
    person: Person,
    writing: Writing,
) -> Result<Message, String> {
    fits(&writing)?;
    let mut message = Message {
        text: writing.text,
        reply_to: writing.reply_to,
        ..Message::default()
    };
    if let Some(photo) = &writing.photo {
        message.photo = store::keep_photo(telegram, token, &photo.bytes).await?;
    }
    if let Some(document) = &writing.document {
        message.document = Some(store::keep_document(telegram, token, document).await?);
    }
    message.entities = commands(message.text.as_deref().unwrap_or_default());
    let message = {
        let mut state = telegram.state();
        let bot = state.bot(token);
        let chat = bot.chat_of(person);
        if message
            .reply_to
            .is_some_and(|id| chat.message(id).is_none())
        {
            return Err("the message to be replied to is not in this chat".into());
        }
        let message = chat.push(message);
        let body = wire::message(token, chat, &message);
        telegram.publish(Event::message(token, chat, &message));
        bot.queue("message", body);
        message
    };
    courier::wake(telegram, token);
    Ok(message)
}

/// What Telegram's own apps would not let a person send.
fn fits(writing: &Writing) -> Result<(), String> {
    let media = writing.photo.is_some() || writing.document.is_some();
    let most = if media { MAX_CAPTION } else { MAX_TEXT };
    let length = units(writing.text.as_deref().unwrap_or_default());
    if length > most {
        return Err(format!(
            "Telegram takes at most {most} characters here, not {length}"
        ));
    }
    Ok(())
}

/// `/start` and its kind are marked by Telegram as bot_command.
fn commands(text: &str) -> Vec<super::Entity> {
    let mut entities = Vec::new();
    let mut offset = 0;
    for word in text.split_inclusive(char::is_whitespace) {
        let name = word.trim_end();
        let inner = name.strip_prefix('/').unwrap_or_default();
        if !inner.is_empty() && inner.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
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

/// Taps an inline button; gives back the id of the callback query.
pub fn tap(
    telegram: &Arc<Telegram>,
    token: &str,
    user: i64,
    message_id: i64,
    data: &str,
) -> Result<String, String> {
    let query_id = (uuid::Uuid::new_v4().as_u64_pair().0 >> 1).to_string();
    {
        let mut state = telegram.state();
        let bot = state.bot(token);
        let chat = bot
            .chats
            .get(&user)
            .ok_or("this person has no chat with the bot")?;
        let message = chat
            .message(message_id)
            .ok_or("there is no such message in this chat")?;
        if !has_button(message, data) {
            return Err("this message has no button with that data".into());
        }
        let body = json!({
            "id": query_id, "from": wire::person(&chat.person),
            "message": wire::message(token, chat, message),
            "chat_instance": format!("-{user}"), "data": data,
        });
        bot.callbacks.insert(query_id.clone(), user);
        bot.queue("callback_query", body);
    }
    telegram.world.touched();
    courier::wake(telegram, token);
    Ok(query_id)
}

fn has_button(message: &Message, data: &str) -> bool {
    datas(message).any(|one| one == data)
}

/// The data of a button that gives consent, as bots name them: `consent:...`.
pub fn consent_button(message: &Message) -> Option<String> {
    let mut all = datas(message);
    all.find(|data| data.starts_with("consent:"))
        .map(str::to_owned)
}

/// The data of all buttons under a message.
fn datas(message: &Message) -> impl Iterator<Item = &str> {
    let rows = message.markup["inline_keyboard"].as_array();
    let buttons = rows.into_iter().flatten().filter_map(|row| row.as_array());
    buttons
        .flatten()
        .filter_map(|button| button["callback_data"].as_str())
}
