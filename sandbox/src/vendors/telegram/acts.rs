//! What people do besides writing: edit, react, block the bot, stop what it is writing. Each becomes
//! an update. Called by `control`; wakes the courier.

use std::sync::Arc;

use serde_json::{Value, json};

use super::events::Event;
use super::model::{Message, Standing};
use super::people::{self, Scene, Writing};
use super::{Telegram, courier, wire};

/// Changes one of the person's own messages: its text or caption, or the photo. The error is a
/// sentence for the client.
pub async fn edit(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    id: i64,
    writing: Writing,
) -> Result<Message, String> {
    let fresh = people::message(telegram, token, writing).await?;
    act(telegram, token, scene, |chat| {
        let message = chat
            .message_mut(id)
            .filter(|message| !message.from_bot)
            .ok_or("there is no such message of this person")?;
        let captioned = message.is_captioned() || !fresh.photo.is_empty() || fresh.file.is_some();
        if fresh.text.is_none() && !captioned {
            return Err("a text cannot be taken away, only a caption".into());
        }
        message.text = fresh.text;
        message.entities = fresh.entities;
        if !fresh.photo.is_empty() {
            message.photo = fresh.photo;
        }
        if fresh.file.is_some() {
            message.file = fresh.file;
        }
        message.edited = Some(chrono::Utc::now().timestamp());
        let message = message.clone();
        telegram.publish(Event::edit(token, chat, &message));
        let update = wire::message(token, chat, &message);
        Ok((message, "edited_message", update))
    })
}

/// Reacts to a message with an emoji; none takes the reaction away.
pub fn react(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    id: i64,
    emoji: Option<&str>,
) -> Result<Message, String> {
    let new: Vec<Value> = emoji
        .map(|emoji| json!({"type": "emoji", "emoji": emoji}))
        .into_iter()
        .collect();
    act(telegram, token, scene, |chat| {
        let about = wire::chat(chat);
        let message = chat
            .message_mut(id)
            .ok_or("there is no such message in this chat")?;
        let old = message.reactions.insert(scene.person.id, new.clone());
        let message = message.clone();
        telegram.publish(Event::edit(token, chat, &message));
        let update = json!({
            "chat": about, "message_id": id, "user": wire::person(&scene.person),
            "date": chrono::Utc::now().timestamp(),
            "old_reaction": old.unwrap_or_default(), "new_reaction": new,
        });
        Ok((message, "message_reaction", update))
    })
}

/// Blocks the bot and unblocks it, adds it to a group and removes it, deletes the account.
pub fn set_standing(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    standing: Standing,
) -> Result<(), String> {
    act(telegram, token, scene, |chat| {
        let old = std::mem::replace(&mut chat.standing, standing);
        telegram.publish(Event::all("bot"));
        let update = wire::member_update(token, chat, &scene.person, old);
        Ok(((), "my_chat_member", update))
    })
}

/// Presses the stop button of a draft.
pub fn stop_draft(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    draft: i64,
) -> Result<(), String> {
    act(telegram, token, scene, |chat| {
        if !chat.drafts.stop(draft) {
            return Err("no draft of that id with a stop button is shown".into());
        }
        let shown = chat.drafts.newest();
        telegram.publish(Event::of(token, chat, "draft", shown));
        let update = json!({ "chat": wire::chat(chat), "draft_id": draft });
        Ok(((), "stopped_message_generation", update))
    })
}

/// Does something to the chat of `scene` that makes one update. The account of a person who has
/// deleted theirs does nothing more, so there is no update of that.
fn act<T>(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    work: impl FnOnce(&mut super::model::Chat) -> Result<(T, &'static str, Value), String>,
) -> Result<T, String> {
    let done = {
        let mut state = telegram.state();
        let bot = state.bot(token);
        let chat = bot.chat_at(scene);
        let (done, kind, update) = work(chat)?;
        if chat.standing != Standing::Deactivated {
            bot.queue(kind, update);
        }
        done
    };
    telegram.world.touched();
    courier::wake(telegram, token);
    Ok(done)
}
