//! Methods about a chat and what is in it.

use serde_json::{Value, json};

use super::{Call, Outcome};
use crate::vendors::telegram::error::ApiError;
use crate::vendors::telegram::events::Event;
use crate::vendors::telegram::model::{Standing, bot_id};
use crate::vendors::telegram::{courier, wire};

/// Emoji that bots may react with (ReactionTypeEmoji in the Bot API).
const REACTIONS: &str = "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡";

pub(super) fn get_chat(call: &Call<'_>) -> Outcome {
    call.at_chat("chat_id", |chat| {
        let mut full = wire::chat(chat);
        full["accent_color_id"] = 0.into();
        full["max_reaction_count"] = 11.into();
        full["accepted_gift_types"] = json!({
            "unlimited_gifts": true, "limited_gifts": true, "unique_gifts": true,
            "premium_subscription": true, "gifts_from_channels": true,
        });
        Ok(full)
    })
}

pub(super) fn get_chat_member(call: &Call<'_>) -> Outcome {
    let id = call.form.int("user_id");
    let id = id.ok_or_else(|| ApiError::bad("invalid user_id specified"))?;
    call.at_chat("chat_id", |chat| {
        if Some(id) == bot_id(call.token) {
            return Ok(wire::member(wire::bot_user(call.token), chat.standing));
        }
        let person = match &chat.group {
            None => Some(&chat.person).filter(|person| person.id == id),
            Some(group) => group.members.get(&id),
        };
        let person = person.ok_or_else(|| ApiError::bad("member not found"))?;
        Ok(wire::member(wire::person(person), Standing::Member))
    })
}

pub(super) fn leave(call: &Call<'_>) -> Outcome {
    let update = call.in_chat(|chat| {
        if chat.group.is_none() {
            return Err(ApiError::bad(
                "chat member status can't be changed in private chats",
            ));
        }
        let before = std::mem::replace(&mut chat.standing, Standing::Left);
        let mut update = wire::member_update(call.token, chat, &chat.person, before);
        update["from"] = wire::bot_user(call.token);
        Ok(update)
    })?;
    call.with_bot(|bot| bot.queue("my_chat_member", update));
    courier::wake(call.telegram, call.token);
    Ok(true.into())
}

pub(super) fn set_message_reaction(call: &Call<'_>) -> Outcome {
    let wrong = || ApiError::bad("can't parse reaction types JSON object");
    let reactions = match call.form.nested("reaction").map_err(|_| wrong())? {
        None => vec![],
        Some(Value::Array(list)) => list,
        Some(_) => return Err(wrong()),
    };
    if reactions.len() > 1 {
        return Err(ApiError::bad("REACTIONS_TOO_MANY"));
    }
    let known = |reaction: &Value| {
        // The variation selector is optional, as in Telegram.
        let emoji = reaction["emoji"]
            .as_str()
            .map(|it| it.trim_end_matches('\u{fe0f}'));
        reaction["type"] == "emoji"
            && emoji.is_some_and(|it| REACTIONS.split(' ').any(|known| known == it))
    };
    if !reactions.iter().all(known) {
        return Err(ApiError::bad("REACTION_INVALID"));
    }
    let id = call.form.int("message_id").unwrap_or_default();
    call.in_chat(|chat| {
        let message = chat
            .message_mut(id)
            .ok_or_else(|| ApiError::bad("message to react not found"))?;
        let bot = bot_id(call.token).unwrap_or_default();
        message.reactions.insert(bot, reactions);
        let message = message.clone();
        call.telegram
            .publish(Event::edit(call.token, chat, &message));
        Ok(true.into())
    })
}
