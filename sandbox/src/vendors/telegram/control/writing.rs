//! Reads what a person writes from the fields of a request.

use serde_json::{Map, Value};

use crate::http::Form;
use crate::vendors::telegram::attachments::{KINDS, Kind};
use crate::vendors::telegram::people::Writing;

/// Fields of the Bot API's Message that a request may bring under their own names.
const PLAIN: [&str; 2] = ["location", "contact"];

/// Telegram's apps send this many at once.
const ALBUM: std::ops::RangeInclusive<usize> = 2..=10;

/// One new message. The error is a sentence for the client.
pub(super) fn one(form: &Form) -> Result<Writing, String> {
    let writing = content(form)?;
    let empty = writing.text.is_none() && writing.photo.is_none() && writing.file.is_none();
    if empty && writing.extra.is_empty() {
        return Err(
            "send a text, a location, a contact, or a file named photo, document, \
                    sticker, voice, audio, video, video_note or animation"
                .into(),
        );
    }
    Ok(writing)
}

/// What there is of a message; an edit may take its caption away.
pub(super) fn content(form: &Form) -> Result<Writing, String> {
    let mut writing = Writing {
        text: form.text("text").or_else(|| form.text("caption")),
        photo: form.file("photo").cloned(),
        extra: extra(form)?,
        reply_to: form.int("reply_to_message_id"),
        ..Writing::default()
    };
    for kind in &KINDS {
        let asked = form.text(kind.name).is_some_and(|it| it != "false");
        let upload = form.file(kind.name).cloned();
        if let Some(upload) = upload.or_else(|| asked.then(|| kind.sample())) {
            writing.file = Some((kind, upload, kind.fields(form)));
        }
    }
    Ok(writing)
}

/// `location` and `contact`, whatever else `fields` has, and where it was forwarded from.
fn extra(form: &Form) -> Result<Map<String, Value>, String> {
    let object = |name: &str| match form.nested(name) {
        Ok(None) => Ok(None),
        Ok(Some(Value::Object(fields))) => Ok(Some(fields)),
        _ => Err(format!("{name} is not a JSON object")),
    };
    let mut extra = object("fields")?.unwrap_or_default();
    for name in PLAIN {
        if let Some(content) = object(name)? {
            extra.insert(name.into(), content.into());
        }
    }
    if let Some(name) = form.text("forwarded_from") {
        let date = chrono::Utc::now().timestamp();
        let origin = serde_json::json!({
            "type": "hidden_user", "sender_user_name": name, "date": date,
        });
        extra.insert("forward_origin".into(), origin);
    }
    Ok(extra)
}

/// The messages of an album: one a file, in the order of the files.
pub(super) fn album(form: &Form) -> Result<Vec<Writing>, String> {
    if !ALBUM.contains(&form.files.len()) {
        return Err("an album has 2 to 10 files, named photo, video, audio or document".into());
    }
    let captions: Vec<String> = match form.nested("captions") {
        Ok(None) => form.text("caption").into_iter().collect(),
        Ok(Some(list)) => serde_json::from_value(list).map_err(|e| format!("captions: {e}"))?,
        Err(e) => return Err(format!("captions is not JSON: {e}")),
    };
    let group = crate::vendors::telegram::query_id();
    let mut captions = captions.into_iter();
    let writings = form.files.iter().map(|(field, upload)| {
        let mut writing = Writing {
            text: captions.next().filter(|caption| !caption.is_empty()),
            reply_to: form.int("reply_to_message_id"),
            ..Writing::default()
        };
        writing
            .extra
            .insert("media_group_id".into(), group.clone().into());
        match (field.as_str(), Kind::named(field)) {
            ("photo", _) => writing.photo = Some(upload.clone()),
            ("video" | "audio" | "document", Some(kind)) => {
                writing.file = Some((kind, upload.clone(), kind.fields(form)));
            }
            _ => return Err(format!("an album cannot have a file named {field}")),
        }
        Ok(writing)
    });
    writings.collect()
}
