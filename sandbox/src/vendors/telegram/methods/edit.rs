//! Changes to messages that are already there.

use serde_json::{Value, json};

use super::{Call, Outcome, send};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::events::Event;
use crate::vendors::telegram::model::Message;
use crate::vendors::telegram::{markup, wire};

const SAME: &str = "message is not modified: specified new message content and reply markup are \
                    exactly the same as a current content and reply markup of the message";

pub(super) fn text(call: &Call<'_>) -> Outcome {
    call.in_chat(|_| Ok(()))?;
    let rich = send::message_text(call)?;
    let markup = markup::read(&call.form)?;
    change(call, move |message| {
        if message.is_media() {
            return Err(ApiError::bad("there is no text in the message to edit"));
        }
        message.text = Some(rich.text);
        message.entities = rich.entities;
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
        let same = (&fresh.text, &fresh.entities, &fresh.markup)
            == (&message.text, &message.entities, &message.markup);
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
    call.in_chat(|chat| {
        let before = chat.messages.len();
        chat.messages.retain(|message| message.id != id);
        if chat.messages.len() == before {
            return Err(ApiError::bad("message to delete not found"));
        }
        call.telegram.publish(Event::of(
            call.token,
            chat,
            "delete",
            json!({ "message_id": id }),
        ));
        Ok(Value::Bool(true))
    })
}

fn message_id(call: &Call<'_>) -> Result<i64, ApiError> {
    call.form
        .int("message_id")
        .ok_or_else(|| ApiError::bad("message identifier is not specified"))
}
