//! Messages that a bot has prepared for a person, and the person sends from its Mini App. Called by
//! `control`; made by the method `savePreparedInlineMessage`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::events::Event;
use super::people::{Scene, reachable};
use super::{Telegram, methods, view, wire};

/// Seconds for which one can be sent.
pub const LIFETIME: i64 = 24 * 3600;

/// One of them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Prepared {
    /// Whose it is.
    pub user: i64,
    /// The InlineQueryResult, as the bot sent it.
    pub result: Value,
    /// Unix time of its end.
    pub until: i64,
}

/// The one of that id, if it is this person's and not over.
fn find(telegram: &Telegram, token: &str, user: i64, id: &str) -> Option<Prepared> {
    let state = telegram.state();
    let prepared = state.bots.get(token)?.prepared.get(id)?;
    let is_good = prepared.user == user && prepared.until > chrono::Utc::now().timestamp();
    is_good.then(|| prepared.clone())
}

/// What the person is shown before they send it.
pub fn card(telegram: &Arc<Telegram>, token: &str, user: i64, id: &str) -> Option<Value> {
    let prepared = find(telegram, token, user, id)?;
    methods::card(telegram, token, prepared.result).ok()
}

/// Sends it. The place of whatever chat they would choose is taken by their own, and as of other
/// chats the bot hears nothing. The error is a sentence.
pub async fn send(
    telegram: &Arc<Telegram>,
    token: &str,
    scene: &Scene,
    id: &str,
) -> Result<Value, String> {
    let prepared = find(telegram, token, scene.person.id, id).ok_or("it is over")?;
    let message = methods::prepared_message(telegram, token, prepared.result).await;
    let mut message = message.map_err(|refusal| refusal.description)?;
    message.extra = json!({ "via_bot": wire::bot_user(token) });
    let mut state = telegram.state();
    let chat = state.bot(token).chat_at(scene);
    reachable(chat)?;
    let message = chat.push(message);
    telegram.publish(Event::message(token, chat, &message));
    telegram.world.touched();
    Ok(view::message(token, &message))
}
