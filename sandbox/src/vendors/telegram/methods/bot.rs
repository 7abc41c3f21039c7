//! Methods about the bot itself, its files and its small courtesies.

use serde_json::json;

use super::{Call, Outcome};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::events::Event;
use crate::vendors::telegram::wire;

/// Bots may download no more than this.
const MAX_DOWNLOAD: usize = 20 * 1024 * 1024;

const ACTIONS: &[&str] = &[
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
];

pub(super) fn get_me(call: &Call<'_>) -> Outcome {
    call.telegram.introduce(call.token);
    let mut me = wire::me(call.token);
    if let Some(name) = call.with_bot(|bot| bot.profile.text("name", "").map(str::to_owned)) {
        me["first_name"] = name.into();
    }
    let button = call.with_bot(|bot| bot.profile.button(None));
    me["has_main_web_app"] = (button["type"] == "web_app").into();
    Ok(me)
}

pub(super) fn send_chat_action(call: &Call<'_>) -> Outcome {
    let action = call.form.text("action").unwrap_or_default();
    if !ACTIONS.contains(&action.as_str()) {
        return Err(ApiError::bad("wrong parameter action in request"));
    }
    call.in_chat(|chat| {
        chat.act(&action);
        call.telegram.publish(Event::of(
            call.token,
            chat,
            "typing",
            json!({ "action": action }),
        ));
        Ok(true.into())
    })
}

pub(super) fn get_file(call: &Call<'_>) -> Outcome {
    let id = call
        .form
        .text("file_id")
        .ok_or_else(|| ApiError::bad("file_id not specified"))?;
    let file = call.with_bot(|bot| bot.files.get(&id).cloned());
    let file = file.ok_or_else(|| ApiError::bad("invalid file_id"))?;
    if file.size > MAX_DOWNLOAD {
        return Err(ApiError::bad("file is too big"));
    }
    Ok(json!({
        "file_id": file.id, "file_unique_id": file.unique_id,
        "file_size": file.size, "file_path": file.path,
    }))
}

pub(super) fn answer_callback_query(call: &Call<'_>) -> Outcome {
    let id = call.form.text("callback_query_id").unwrap_or_default();
    let text = call.form.text("text");
    let notice = json!({
        "callback_query_id": id, "text": text, "show_alert": call.form.flag("show_alert"),
    });
    call.with_bot(|bot| {
        let chat = bot.callbacks.remove(&id).ok_or_else(|| {
            ApiError::bad("query is too old and response timeout expired or query ID is invalid")
        })?;
        if let Some(chat) = bot.chats.get(&chat) {
            call.telegram
                .publish(Event::of(call.token, chat, "notice", notice));
        }
        Ok(true.into())
    })
}
