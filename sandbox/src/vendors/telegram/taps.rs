//! Buttons under messages, pressed by people. Called by `control` and by the methods that send.

use std::sync::Arc;

use serde_json::json;

use super::model::Message;
use super::people::{Scene, reachable};
use super::{Telegram, courier, wire};

/// Presses an inline button; gives back the id of the callback query. The error is a sentence.
pub fn tap(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    message_id: i64,
    data: &str,
) -> Result<String, String> {
    let query_id = super::query_id();
    {
        let mut state = telegram.state();
        let bot = state.bot(token);
        let chat = bot
            .chats
            .get(&scene.chat_id())
            .ok_or("this person has no chat with the bot")?;
        reachable(chat)?;
        let message = chat
            .message(message_id)
            .ok_or("there is no such message in this chat")?;
        if !datas(message).any(|one| one == data) {
            return Err("this message has no button with that data".into());
        }
        let body = json!({
            "id": query_id, "from": wire::person(&scene.person),
            "message": wire::message(token, chat, message),
            "chat_instance": format!("-{}", chat.id().unsigned_abs()), "data": data,
        });
        let chat = chat.id();
        bot.callbacks.insert(query_id.clone(), chat);
        bot.queue("callback_query", body);
    }
    telegram.world.touched();
    courier::wake(telegram, token);
    Ok(query_id)
}

/// The data of a button that gives consent, as bots name them: `consent:...`.
pub fn consent_button(message: &Message) -> Option<String> {
    let mut all = datas(message);
    all.find(|data| data.starts_with("consent:"))
        .map(str::to_owned)
}

/// The data of all buttons under a message.
fn datas(message: &Message) -> impl Iterator<Item = &str> {
    let rows = message.markup["inline_keyboard"].as_array();
    let buttons = rows.into_iter().flatten().filter_map(|row| row.as_array());
    buttons
        .flatten()
        .filter_map(|button| button["callback_data"].as_str())
}
