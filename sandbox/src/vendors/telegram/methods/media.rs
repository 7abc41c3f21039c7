//! Messages with something else than a text: photos, files, albums, places, contacts.

use serde_json::{Value, json};

use super::{Call, Outcome, files, send};
use crate::http::Form;
use crate::vendors::telegram::attachments::Kind;
use crate::vendors::telegram::entities::{MAX_CAPTION, Rich, units};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::model::Message;

/// The caption of a request, not too long.
pub(super) fn caption(call: &Call<'_>) -> Result<Rich, ApiError> {
    let caption = send::rich(call, "caption", "caption_entities")?;
    if units(&caption.text) > MAX_CAPTION {
        return Err(ApiError::bad("message caption is too long"));
    }
    Ok(caption)
}

pub(super) async fn photo(call: &Call<'_>) -> Outcome {
    call.in_chat(|_| Ok(()))?;
    let message = Message {
        photo: files::photo(call, "photo").await?,
        ..send::words(caption(call)?)
    };
    send::post(call, message)
}

pub(super) async fn file(call: &Call<'_>, kind: &str) -> Outcome {
    call.in_chat(|_| Ok(()))?;
    let kind = Kind::named(kind).ok_or_else(|| ApiError::new(404, "Not Found"))?;
    let attachment = files::attachment(call, kind.name, kind).await?;
    let mut message = Message {
        file: Some(attachment),
        ..Message::default()
    };
    if message.is_captioned() {
        let words = send::words(caption(call)?);
        (message.text, message.entities) = (words.text, words.entities);
    }
    send::post(call, message)
}

/// The content of an InputMedia: `type`, `media`, and a caption.
pub(super) async fn input(call: &Call<'_>, media: Value) -> Result<Message, ApiError> {
    let Value::Object(fields) = media else {
        return Err(ApiError::bad("can't parse InputMedia: Object expected"));
    };
    let part = call.with(Form {
        fields,
        files: call.form.files.clone(),
    });
    let words = send::words(caption(&part)?);
    match part.form.text("type").as_deref() {
        Some("photo") => Ok(Message {
            photo: files::photo(&part, "media").await?,
            ..words
        }),
        Some(kind @ ("video" | "audio" | "document" | "animation")) => {
            let kind = Kind::named(kind).ok_or_else(wrong_type)?;
            Ok(Message {
                file: Some(files::attachment(&part, "media", kind).await?),
                ..words
            })
        }
        _ => Err(wrong_type()),
    }
}

fn wrong_type() -> ApiError {
    ApiError::bad("can't parse InputMedia: unsupported type specified")
}

pub(super) async fn group(call: &Call<'_>) -> Outcome {
    call.in_chat(|_| Ok(()))?;
    let media = call.form.nested("media").ok().flatten();
    let Some(Value::Array(items)) = media else {
        return Err(ApiError::bad("can't parse media JSON object"));
    };
    if !(2..=10).contains(&items.len()) {
        let why = "the message media group must include 2-10 items";
        return Err(ApiError::bad(why));
    }
    let group = crate::vendors::telegram::query_id();
    let mut messages = Vec::with_capacity(items.len());
    for item in items {
        let mut message = input(call, item).await?;
        message.extra = json!({ "media_group_id": group });
        messages.push(message);
    }
    send::post_all(call, messages).map(Value::Array)
}

pub(super) fn location(call: &Call<'_>) -> Outcome {
    let degrees = |name: &str, most: f64| {
        let text = call.form.text(name)?;
        text.parse().ok().filter(|at: &f64| at.abs() <= most)
    };
    let (latitude, longitude) = (degrees("latitude", 90.0), degrees("longitude", 180.0));
    let (Some(latitude), Some(longitude)) = (latitude, longitude) else {
        return Err(ApiError::bad("wrong location specified"));
    };
    let extra = json!({ "location": { "latitude": latitude, "longitude": longitude } });
    send::post(
        call,
        Message {
            extra,
            ..Message::default()
        },
    )
}

pub(super) fn contact(call: &Call<'_>) -> Outcome {
    let mut contact = json!({});
    for (field, needed) in [
        ("phone_number", true),
        ("first_name", true),
        ("last_name", false),
        ("vcard", false),
    ] {
        match call.form.text(field) {
            Some(text) => contact[field] = text.into(),
            None if needed => {
                return Err(ApiError::bad(format!("{field} must be non-empty")));
            }
            None => {}
        }
    }
    let extra = json!({ "contact": contact });
    send::post(
        call,
        Message {
            extra,
            ..Message::default()
        },
    )
}
