//! Objects exactly as the Bot API writes them; strict clients parse these.

use serde_json::{Value, json};

use super::attachments::{Attachment, Kind};
use super::model::{Bot, Chat, Message, Person, Photo, Standing, bot_id};

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

/// A chat.
pub fn chat(chat: &Chat) -> Value {
    if let Some(group) = &chat.group {
        return json!({"id": group.id, "title": group.title, "type": group.kind()});
    }
    let person = &chat.person;
    let mut chat = json!({"id": person.id, "first_name": person.first_name, "type": "private"});
    if let Some(name) = &person.username {
        chat["username"] = name.as_str().into();
    }
    chat
}

/// A ChatMember with this standing; `user` is a User.
pub fn member(user: Value, standing: Standing) -> Value {
    match standing {
        Standing::Member => json!({"status": "member", "user": user}),
        Standing::Left | Standing::Deactivated => json!({"status": "left", "user": user}),
        Standing::Kicked => json!({"status": "kicked", "user": user, "until_date": 0}),
    }
}

/// A ChatMemberUpdated about the bot: what it was before, and is in `chat` now.
pub fn member_update(token: &str, chat: &Chat, by: &Person, before: Standing) -> Value {
    json!({
        "chat": self::chat(chat), "from": person(by), "date": chrono::Utc::now().timestamp(),
        "old_chat_member": member(bot_user(token), before),
        "new_chat_member": member(bot_user(token), chat.standing),
    })
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
        person(chat.author(message))
    };
    let mut value = json!({
        "message_id": message.id, "from": from, "chat": self::chat(chat),
        "date": message.date,
    });
    let (text, entities) = if message.is_captioned() {
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
    if let Some(attachment) = &message.file {
        value[&attachment.kind] = file(attachment);
    }
    if let Some(date) = message.edited {
        value["edit_date"] = date.into();
    }
    for (field, content) in message.extra.as_object().into_iter().flatten() {
        value[field] = content.clone();
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

fn file(attachment: &Attachment) -> Value {
    let file = &attachment.file;
    let mut value = Value::Object(attachment.fields.clone());
    value["file_id"] = file.id.as_str().into();
    value["file_unique_id"] = file.unique_id.as_str().into();
    value["file_size"] = file.size.into();
    let kind = Kind::named(&attachment.kind);
    if let Some(name) = file
        .name
        .as_deref()
        .filter(|_| kind.is_some_and(Kind::is_named))
    {
        value["file_name"] = name.into();
    }
    if let Some(mime) = file
        .mime_type
        .as_deref()
        .filter(|_| kind.is_some_and(Kind::is_typed))
    {
        value["mime_type"] = mime.into();
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
