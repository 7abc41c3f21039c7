//! savePreparedInlineMessage, and the message that such a result makes.
//! Source: <https://core.telegram.org/bots/api#savepreparedinlinemessage>.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Call, Outcome, files, media, send};
use crate::http::Form;
use crate::vendors::telegram::Telegram;
use crate::vendors::telegram::entities::to_html;
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::markup;
use crate::vendors::telegram::model::Message;
use crate::vendors::telegram::prepared::{LIFETIME, Prepared};

/// Kinds of chats that it may be sent to.
const ALLOWED: [&str; 4] = [
    "allow_user_chats",
    "allow_bot_chats",
    "allow_group_chats",
    "allow_channel_chats",
];

pub(super) fn save(call: &Call<'_>) -> Outcome {
    let wrong = || ApiError::bad("can't parse inline query result: Object expected");
    let result = call.form.nested("result").map_err(|_| wrong())?;
    let result = result.filter(Value::is_object).ok_or_else(wrong)?;
    let user = call.form.int("user_id").unwrap_or_default();
    if call.with_bot(|bot| bot.person(user).is_none()) {
        return Err(ApiError::bad("user not found"));
    }
    fits(call, &result)?;
    if !ALLOWED.iter().any(|kind| call.form.flag(kind)) {
        return Err(ApiError::bad("PEER_TYPES_INVALID"));
    }
    let id = uuid::Uuid::new_v4().simple().to_string();
    let until = chrono::Utc::now().timestamp() + LIFETIME;
    let prepared = Prepared {
        user,
        result,
        until,
    };
    call.with_bot(|bot| bot.prepared.insert(id.clone(), prepared));
    Ok(json!({ "id": id, "expiration_date": until }))
}

/// What Telegram would refuse in a result.
fn fits(call: &Call<'_>, result: &Value) -> Result<(), ApiError> {
    let text = |field: &str| result[field].as_str().unwrap_or_default();
    if !(1..=64).contains(&text("id").len()) {
        return Err(ApiError::bad("RESULT_ID_INVALID"));
    }
    let is_url = |field: &str| text(field).starts_with("http");
    match text("type") {
        "article" if text("title").is_empty() => Err(ApiError::bad("ARTICLE_TITLE_EMPTY")),
        "photo" if !text("photo_file_id").is_empty() => Ok(()),
        "photo" if !is_url("photo_url") => Err(ApiError::bad("PHOTO_CONTENT_URL_EMPTY")),
        "photo" if !is_url("thumbnail_url") => Err(ApiError::bad("PHOTO_THUMB_URL_EMPTY")),
        "article" | "photo" => Ok(()),
        _ => Err(ApiError::bad("RESULT_TYPE_INVALID")),
    }?;
    words(&of(call.telegram, call.token, result.clone())).map(drop)
}

/// A call whose fields are those of the result, with its `input_message_content` among them.
fn of<'a>(telegram: &'a Arc<Telegram>, token: &'a str, result: Value) -> Call<'a> {
    let mut fields = match result {
        Value::Object(fields) => fields,
        _ => Default::default(),
    };
    if let Some(Value::Object(content)) = fields.remove("input_message_content") {
        fields.extend(content);
        if let Some(text) = fields.remove("message_text") {
            fields.insert("text".into(), text);
        }
    }
    Call {
        telegram,
        token,
        form: Form {
            fields,
            ..Form::default()
        },
    }
}

fn is_picture(call: &Call<'_>) -> bool {
    call.form.text("type").as_deref() == Some("photo") && call.form.text("text").is_none()
}

/// Its text or caption, and its buttons.
fn words(call: &Call<'_>) -> Result<Message, ApiError> {
    let rich = match is_picture(call) {
        true => media::caption(call)?,
        false => send::message_text(call)?,
    };
    Ok(Message {
        markup: markup::read(&call.form)?,
        ..send::words(rich)
    })
}

/// The message that a result makes.
pub async fn message(
    telegram: &Arc<Telegram>,
    token: &str,
    result: Value,
) -> Result<Message, ApiError> {
    let call = of(telegram, token, result);
    let mut message = words(&call)?;
    if is_picture(&call) {
        let known = call.form.text("photo_file_id").is_some();
        let field = if known { "photo_file_id" } else { "photo_url" };
        message.photo = files::photo(&call, field).await?;
    }
    Ok(message)
}

/// What is shown of a result before it is sent.
pub fn card(telegram: &Arc<Telegram>, token: &str, result: Value) -> Outcome {
    let call = of(telegram, token, result);
    let message = words(&call)?;
    let text = message.text.as_deref().unwrap_or_default();
    let buttons = message.markup.get("inline_keyboard").cloned();
    Ok(json!({
        "title": call.form.text("title"), "description": call.form.text("description"),
        "html": to_html(text, &message.entities), "photo_url": call.form.text("photo_url"),
        "thumbnail_url": call.form.text("thumbnail_url"), "buttons": buttons.unwrap_or_else(|| json!([])),
    }))
}
