//! Messages that go on to another chat.

use serde_json::json;

use super::{Call, Outcome, media, send};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::model::Message;
use crate::vendors::telegram::wire;

pub(super) fn forward(call: &Call<'_>) -> Outcome {
    let (mut message, origin) = original(call, "message to forward not found")?;
    if message.extra.get("forward_origin").is_none() {
        message.extra["forward_origin"] = origin;
    }
    send::post(call, message)
}

pub(super) fn copy(call: &Call<'_>) -> Outcome {
    let (mut message, _) = original(call, "message to copy not found")?;
    if let Some(extra) = message.extra.as_object_mut() {
        extra.remove("forward_origin");
    }
    if call.form.text("caption").is_some() && message.is_captioned() {
        let words = send::words(media::caption(call)?);
        (message.text, message.entities) = (words.text, words.entities);
    }
    let sent = send::post(call, message)?;
    Ok(json!({ "message_id": sent["message_id"] }))
}

/// The content of the message that `from_chat_id` and `message_id` name, and its MessageOrigin.
fn original(call: &Call<'_>, missing: &str) -> Result<(Message, serde_json::Value), ApiError> {
    let id = call.form.int("message_id").unwrap_or_default();
    call.at_chat("from_chat_id", |chat| {
        let message = chat.message(id).ok_or_else(|| ApiError::bad(missing))?;
        let author = if message.from_bot {
            wire::bot_user(call.token)
        } else {
            wire::person(chat.author(message))
        };
        let origin = json!({ "type": "user", "sender_user": author, "date": message.date });
        let content = Message {
            text: message.text.clone(),
            entities: message.entities.clone(),
            photo: message.photo.clone(),
            file: message.file.clone(),
            extra: message.extra.clone(),
            invoice: message.invoice.clone(),
            ..Message::default()
        };
        Ok((content, origin))
    })
}
