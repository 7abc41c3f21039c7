//! Messages as the control API and the chat page show them.

use serde_json::{Value, json};

use super::attachments::Attachment;
use super::entities::to_html;
use super::model::{Chat, Message, bot_id};

/// Fields of the Bot API's Message that are shown as they stand.
const SHOWN: [&str; 9] = [
    "location",
    "contact",
    "dice",
    "poll",
    "invoice",
    "quote",
    "forward_origin",
    "via_bot",
    "media_group_id",
];

/// Every message of a chat, oldest first.
pub fn messages(token: &str, chat: &Chat) -> Vec<Value> {
    chat.messages.iter().map(|m| message(token, m)).collect()
}

/// One message.
pub fn message(token: &str, message: &Message) -> Value {
    let service = service(message);
    let words = message.text.as_deref().or(service.as_deref());
    let html = words.map(|text| to_html(text, &message.entities));
    let mut view = json!({
        "message_id": message.id,
        "sender": if message.from_bot { "bot" } else { "user" },
        "text": if message.is_captioned() { "" } else { words.unwrap_or_default() },
        "html": html,
        "buttons": buttons(&message.markup),
        "reactions": reactions(token, message),
        "date": message.date,
        "edited": message.edited.is_some(),
    });
    if message.is_captioned() {
        view["caption"] = json!(words);
    }
    if let Some(person) = &message.sender {
        view["from"] = json!({"id": person.id, "first_name": person.first_name});
    }
    if let Some(id) = message.reply_to {
        view["reply_to_message_id"] = id.into();
    }
    if let Some(photo) = message.photo.last() {
        view["photo_url"] = link(token, &photo.file.path).into();
        view["photo_width"] = photo.width.into();
        view["photo_height"] = photo.height.into();
    }
    if let Some(attachment) = &message.file {
        view[&attachment.kind] = file(token, attachment);
    }
    for field in SHOWN {
        if let Some(content) = message.extra.get(field) {
            view[field] = content.clone();
        }
    }
    if service.is_some() {
        view["service"] = true.into();
    }
    view
}

fn file(token: &str, attachment: &Attachment) -> Value {
    let file = &attachment.file;
    let mut view = Value::Object(attachment.fields.clone());
    view["url"] = link(token, &file.path).into();
    view["file_name"] = json!(file.name);
    view["mime_type"] = json!(file.mime_type);
    view["file_size"] = file.size.into();
    view
}

/// Emoji and who reacted with it, `bot` or `user`.
fn reactions(token: &str, message: &Message) -> Value {
    let all = message.reactions.iter().flat_map(|(id, reactions)| {
        let by = if Some(*id) == bot_id(token) {
            "bot"
        } else {
            "user"
        };
        reactions
            .iter()
            .map(move |reaction| json!({"emoji": reaction["emoji"], "by": by}))
    });
    all.collect()
}

/// The line that Telegram's apps show for what is no message of anyone.
fn service(message: &Message) -> Option<String> {
    let extra = message.extra.as_object()?;
    let amount = |kind: &str| extra.get(kind).map(|it| it["total_amount"].clone());
    if let Some(amount) = amount("refunded_payment") {
        return Some(format!("↩️ {amount} ⭐ came back."));
    }
    if let Some(amount) = amount("successful_payment") {
        return Some(format!("⭐ You paid {amount} ⭐."));
    }
    if extra.contains_key("write_access_allowed") {
        return Some("You allowed this bot to message you.".into());
    }
    let moved = extra.contains_key("migrate_to_chat_id");
    moved.then(|| "The group became a supergroup.".into())
}

fn link(token: &str, path: &str) -> String {
    format!("/control/files/{path}?token={token}")
}

fn buttons(markup: &Value) -> Value {
    markup
        .get("inline_keyboard")
        .cloned()
        .unwrap_or_else(|| json!([]))
}
