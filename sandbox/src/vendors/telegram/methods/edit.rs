//! Changes to messages that are already there.

use serde_json::{Value, json};

use super::{Call, Outcome, media, send};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::events::Event;
use crate::vendors::telegram::model::{Chat, Message};
use crate::vendors::telegram::{markup, wire};

const SAME: &str = "message is not modified: specified new message content and reply markup are \
                    exactly the same as a current content and reply markup of the message";

pub(super) fn text(call: &Call<'_>) -> Outcome {
    call.in_chat(|_| Ok(()))?;
    let rich = send::message_text(call)?;
    let markup = markup::read(&call.form)?;
    change(call, move |message| {
        if message.text.is_none() || message.is_captioned() {
            return Err(ApiError::bad("there is no text in the message to edit"));
        }
        message.text = Some(rich.text);
        message.entities = rich.entities;
        message.markup = markup;
        message.edited = Some(chrono::Utc::now().timestamp());
        Ok(())
    })
}

pub(super) fn caption(call: &Call<'_>) -> Outcome {
    let rich = media::caption(call)?;
    let markup = markup::read(&call.form)?;
    change(call, move |message| {
        if !message.is_captioned() {
            return Err(ApiError::bad("there is no caption in the message to edit"));
        }
        let words = send::words(rich);
        (message.text, message.entities) = (words.text, words.entities);
        message.markup = markup;
        message.edited = Some(chrono::Utc::now().timestamp());
        Ok(())
    })
}

pub(super) async fn media(call: &Call<'_>) -> Outcome {
    call.in_chat(|_| Ok(()))?;
    let wrong = || ApiError::bad("can't parse media JSON object");
    let media = call.form.nested("media").map_err(|_| wrong())?;
    let fresh = media::input(call, media.ok_or_else(wrong)?).await?;
    let markup = markup::read(&call.form)?;
    change(call, move |message| {
        if !message.is_captioned() && message.text.is_none() {
            return Err(ApiError::bad("message can't be edited"));
        }
        (message.text, message.entities) = (fresh.text, fresh.entities);
        (message.photo, message.file) = (fresh.photo, fresh.file);
        message.markup = markup;
        message.edited = Some(chrono::Utc::now().timestamp());
        Ok(())
    })
}

pub(super) fn reply_markup(call: &Call<'_>) -> Outcome {
    let markup = markup::read(&call.form)?;
    change(call, move |message| {
        message.markup = markup;
        Ok(())
    })
}

fn change(call: &Call<'_>, work: impl FnOnce(&mut Message) -> Result<(), ApiError>) -> Outcome {
    let id = message_id(call)?;
    call.in_chat(|chat| {
        let message = chat
            .message_mut(id)
            .ok_or_else(|| ApiError::bad("message to edit not found"))?;
        if !message.from_bot {
            return Err(ApiError::bad("message can't be edited"));
        }
        let mut fresh = message.clone();
        work(&mut fresh)?;
        let content = |it: &Message| {
            let words = (it.text.clone(), it.entities.clone());
            (words, it.photo.clone(), it.file.clone(), it.markup.clone())
        };
        let same = content(&fresh) == content(message);
        if same {
            return Err(ApiError::bad(SAME));
        }
        *message = fresh.clone();
        call.telegram.publish(Event::edit(call.token, chat, &fresh));
        Ok(wire::message(call.token, chat, &fresh))
    })
}

pub(super) fn delete(call: &Call<'_>) -> Outcome {
    let id = message_id(call)?;
    call.in_chat(|chat| match take_away(call, chat, id) {
        true => Ok(Value::Bool(true)),
        false => Err(ApiError::bad("message to delete not found")),
    })
}

/// Those that are not there are passed over.
pub(super) fn delete_many(call: &Call<'_>) -> Outcome {
    let wrong = || ApiError::bad("can't parse message identifiers JSON object");
    let ids = call.form.nested("message_ids").map_err(|_| wrong())?;
    let ids: Vec<i64> = serde_json::from_value(ids.unwrap_or_default()).map_err(|_| wrong())?;
    if !(1..=100).contains(&ids.len()) {
        return Err(ApiError::bad("message identifiers are not specified"));
    }
    call.in_chat(|chat| {
        for id in ids {
            take_away(call, chat, id);
        }
        Ok(Value::Bool(true))
    })
}

fn take_away(call: &Call<'_>, chat: &mut Chat, id: i64) -> bool {
    let before = chat.messages.len();
    chat.messages.retain(|message| message.id != id);
    let gone = chat.messages.len() < before;
    if gone {
        let data = json!({ "message_id": id });
        call.telegram
            .publish(Event::of(call.token, chat, "delete", data));
    }
    gone
}

fn message_id(call: &Call<'_>) -> Result<i64, ApiError> {
    call.form
        .int("message_id")
        .ok_or_else(|| ApiError::bad("message identifier is not specified"))
}
