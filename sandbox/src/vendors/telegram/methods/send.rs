//! Messages from the bot.

use serde_json::Value;

use super::{Call, Outcome};
use crate::vendors::telegram::entities::{MAX_CAPTION, MAX_TEXT, Rich, parse, trimmed, units};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::events::Event;
use crate::vendors::telegram::model::{Chat, Message, Photo};
use crate::vendors::telegram::{markup, people, store, wire};

/// Text of a request in its parse mode or with its entities; empty when there is none.
pub(super) fn rich(call: &Call<'_>, text: &str, entities: &str) -> Result<Rich, ApiError> {
    let source = call.form.text(text).unwrap_or_default();
    let mode = call.form.text("parse_mode");
    let given = call.form.nested(entities);
    let given = given.map_err(|_| ApiError::bad("can't parse entities JSON object"))?;
    match given {
        Some(list) if mode.is_none() => {
            let entities = serde_json::from_value(list)
                .map_err(|_| ApiError::bad("can't parse entities JSON object"))?;
            Ok(trimmed(Rich {
                text: source,
                entities,
            }))
        }
        _ => parse(&source, mode.as_deref()),
    }
}

/// The text of a message, neither empty nor too long.
pub(super) fn message_text(call: &Call<'_>) -> Result<Rich, ApiError> {
    let rich = rich(call, "text", "entities")?;
    if rich.text.is_empty() {
        return Err(ApiError::bad("message text is empty"));
    }
    if units(&rich.text) > MAX_TEXT {
        return Err(ApiError::bad("message is too long"));
    }
    Ok(rich)
}

pub(super) fn message(call: &Call<'_>) -> Outcome {
    // Telegram looks for the chat before it looks at the text.
    call.in_chat(|_| Ok(()))?;
    let rich = message_text(call)?;
    post(call, rich, vec![])
}

pub(super) async fn photo(call: &Call<'_>) -> Outcome {
    call.in_chat(|_| Ok(()))?;
    let caption = rich(call, "caption", "caption_entities")?;
    if units(&caption.text) > MAX_CAPTION {
        return Err(ApiError::bad("message caption is too long"));
    }
    let sizes = picture(call).await?;
    post(call, caption, sizes)
}

async fn picture(call: &Call<'_>) -> Result<Vec<Photo>, ApiError> {
    let named = call.form.text("photo");
    let attached = named
        .as_deref()
        .and_then(|name| name.strip_prefix("attach://"));
    if let Some(upload) = call.form.files.get(attached.unwrap_or("photo")) {
        return store::keep_photo(call.telegram, call.token, &upload.bytes)
            .await
            .map_err(ApiError::bad);
    }
    let id = named.ok_or_else(|| ApiError::bad("there is no photo in the request"))?;
    let known = call.with_bot(|bot| {
        let sent = bot.chats.values().flat_map(|chat| &chat.messages);
        let mut photos = sent.map(|message| &message.photo);
        photos
            .find(|sizes| sizes.iter().any(|size| size.file.id == id))
            .cloned()
    });
    known.ok_or_else(|| ApiError::bad("wrong file identifier/HTTP URL specified"))
}

fn post(call: &Call<'_>, rich: Rich, photo: Vec<Photo>) -> Outcome {
    let markup = markup::read(&call.form)?;
    let reply = reply_target(call)?;
    let mut agrees = None;
    let sent = call.in_chat(|chat| {
        let message = Message {
            from_bot: true,
            text: (!rich.text.is_empty()).then_some(rich.text),
            entities: rich.entities,
            photo,
            reply_to: existing(chat, reply)?,
            markup,
            ..Message::default()
        };
        let message = chat.push(message);
        call.telegram
            .publish(Event::message(call.token, chat, &message));
        if !chat.person.reads_terms {
            let data = people::consent_button(&message);
            agrees = data.map(|data| (chat.person.id, message.id, data));
        }
        Ok(wire::message(call.token, chat, &message))
    });
    if let Some((user, message, data)) = agrees {
        // The button is there: it was found in the message.
        let _ = people::tap(call.telegram, call.token, user, message, &data);
    }
    sent
}

/// Message id to answer and whether it may be missing; both spellings of the Bot API.
fn reply_target(call: &Call<'_>) -> Result<Option<(i64, bool)>, ApiError> {
    let wrong = || ApiError::bad("can't parse reply parameters JSON object");
    if let Some(reply) = call.form.nested("reply_parameters").map_err(|_| wrong())? {
        let id = reply
            .get("message_id")
            .and_then(Value::as_i64)
            .ok_or_else(wrong)?;
        let lenient = reply["allow_sending_without_reply"]
            .as_bool()
            .unwrap_or_default();
        return Ok(Some((id, lenient)));
    }
    let lenient = call.form.flag("allow_sending_without_reply");
    Ok(call.form.int("reply_to_message_id").map(|id| (id, lenient)))
}

fn existing(chat: &Chat, reply: Option<(i64, bool)>) -> Result<Option<i64>, ApiError> {
    match reply {
        Some((id, lenient)) if chat.message(id).is_none() => match lenient {
            true => Ok(None),
            false => Err(ApiError::bad("message to be replied not found")),
        },
        other => Ok(other.map(|(id, _)| id)),
    }
}
