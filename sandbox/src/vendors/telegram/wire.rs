//! Objects exactly as the Bot API writes them; strict clients parse these.

use serde_json::{Value, json};

use super::model::{Bot, Chat, FileRef, Message, Person, Photo, bot_id};

/// Name of every bot here.
pub const BOT_NAME: &str = "Sandbox bot";

/// The bot as a User.
pub fn bot_user(token: &str) -> Value {
    let id = bot_id(token).unwrap_or_default();
    json!({
        "id": id, "is_bot": true, "first_name": BOT_NAME,
        "username": format!("sandbox_{id}_bot"),
    })
}

/// getMe's answer.
pub fn me(token: &str) -> Value {
    let mut user = bot_user(token);
    for (key, value) in [
        ("can_join_groups", true),
        ("can_read_all_group_messages", false),
        ("supports_inline_queries", false),
        ("can_connect_to_business", false),
        ("has_main_web_app", false),
        ("has_topics_enabled", false),
        ("allows_users_to_create_topics", false),
        ("can_manage_bots", false),
    ] {
        user[key] = value.into();
    }
    user
}

/// A person as a User.
pub fn person(person: &Person) -> Value {
    let mut user = json!({"id": person.id, "is_bot": false, "first_name": person.first_name});
    if let Some(name) = &person.username {
        user["username"] = name.as_str().into();
    }
    if let Some(language) = &person.language_code {
        user["language_code"] = language.as_str().into();
    }
    user
}

/// The private chat of a person.
pub fn chat(person: &Person) -> Value {
    let mut chat = json!({"id": person.id, "first_name": person.first_name, "type": "private"});
    if let Some(name) = &person.username {
        chat["username"] = name.as_str().into();
    }
    chat
}

/// A Message, the one it answers included.
pub fn message(token: &str, chat: &Chat, message: &Message) -> Value {
    let mut value = bare_message(token, chat, message);
    let answered = message.reply_to.and_then(|id| chat.message(id));
    if let Some(answered) = answered {
        value["reply_to_message"] = bare_message(token, chat, answered);
    }
    value
}

fn bare_message(token: &str, chat: &Chat, message: &Message) -> Value {
    let from = if message.from_bot {
        bot_user(token)
    } else {
        person(&chat.person)
    };
    let mut value = json!({
        "message_id": message.id, "from": from, "chat": self::chat(&chat.person),
        "date": message.date,
    });
    let (text, entities) = if message.is_media() {
        ("caption", "caption_entities")
    } else {
        ("text", "entities")
    };
    if let Some(words) = &message.text {
        value[text] = words.as_str().into();
    }
    if !message.entities.is_empty() {
        value[entities] = json!(message.entities);
    }
    if !message.photo.is_empty() {
        value["photo"] = message.photo.iter().map(photo).collect();
    }
    if let Some(file) = &message.document {
        value["document"] = document(file);
    }
    if let Some(date) = message.edited {
        value["edit_date"] = date.into();
    }
    for (kind, payment) in message.payment.as_object().into_iter().flatten() {
        value[kind] = payment.clone();
    }
    if !message.markup.is_null() {
        value["reply_markup"] = message.markup.clone();
    }
    value
}

fn photo(photo: &Photo) -> Value {
    json!({
        "file_id": photo.file.id, "file_unique_id": photo.file.unique_id,
        "width": photo.width, "height": photo.height, "file_size": photo.file.size,
    })
}

fn document(file: &FileRef) -> Value {
    let mut value = json!({
        "file_id": file.id, "file_unique_id": file.unique_id, "file_size": file.size,
    });
    if let Some(name) = &file.name {
        value["file_name"] = name.as_str().into();
    }
    if let Some(mime) = &file.mime_type {
        value["mime_type"] = mime.as_str().into();
    }
    value
}

/// getWebhookInfo's answer.
pub fn webhook_info(bot: &Bot) -> Value {
    let url = bot.webhook.as_ref().map_or("", |hook| hook.url.as_str());
    let mut info = json!({
        "url": url, "has_custom_certificate": false, "pending_update_count": bot.pending.len(),
    });
    let Some(hook) = &bot.webhook else {
        return info;
    };
    info["max_connections"] = hook.max_connections.into();
    if let Some((at, words)) = &hook.last_error {
        info["last_error_date"] = (*at).into();
        info["last_error_message"] = words.as_str().into();
    }
    if let Some(kinds) = &bot.allowed_updates {
        info["allowed_updates"] = json!(kinds);
    }
    info
}
