//! Messages as the control API and the chat page show them.

use serde_json::{Value, json};

use super::entities::to_html;
use super::model::{Chat, Message};

/// Every message of a chat, oldest first.
pub fn messages(token: &str, chat: &Chat) -> Vec<Value> {
    chat.messages.iter().map(|m| message(token, m)).collect()
}

/// One message.
pub fn message(token: &str, message: &Message) -> Value {
    let service = payment(message);
    let words = message.text.as_deref().or(service.as_deref());
    let html = words.map(|text| to_html(text, &message.entities));
    let mut view = json!({
        "message_id": message.id,
        "sender": if message.from_bot { "bot" } else { "user" },
        "text": if message.is_media() { "" } else { words.unwrap_or_default() },
        "html": html,
        "buttons": buttons(&message.markup),
        "date": message.date,
        "edited": message.edited.is_some(),
    });
    if message.is_media() {
        view["caption"] = json!(words);
    }
    if let Some(id) = message.reply_to {
        view["reply_to_message_id"] = id.into();
    }
    if let Some(photo) = message.photo.last() {
        view["photo_url"] = link(token, &photo.file.path).into();
        view["photo_width"] = photo.width.into();
        view["photo_height"] = photo.height.into();
    }
    if let Some(file) = &message.document {
        view["document"] = json!({
            "url": link(token, &file.path), "file_name": file.name,
            "mime_type": file.mime_type, "file_size": file.size,
        });
    }
    view
}

/// The line that Telegram's apps show for money.
fn payment(message: &Message) -> Option<String> {
    let (kind, payment) = message.payment.as_object()?.iter().next()?;
    let amount = &payment["total_amount"];
    Some(match kind.as_str() {
        "refunded_payment" => format!("↩️ {amount} ⭐ came back."),
        _ => format!("⭐ You paid {amount} ⭐."),
    })
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
