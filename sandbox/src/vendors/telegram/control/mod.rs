//! Telegram's part of the control API: acting as a person, and what bots have set up.

mod events;
mod users;

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::door::stored_file;
use super::{Telegram, wire};
use crate::http::{Reply, Req, json as reply, refused};
use crate::router::not_found;

/// `path` is what follows `/control/`.
pub(super) async fn answer(telegram: &Arc<Telegram>, path: &str, req: Req) -> Reply {
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    match (req.method.as_str(), parts.as_slice()) {
        (verb, ["users", id, what]) => match id.parse() {
            Ok(id) => users::answer(telegram, verb, id, what, &req).await,
            Err(_) => refused(StatusCode::BAD_REQUEST, "a Telegram id is a whole number"),
        },
        ("GET", ["bots"]) => reply(&bots(telegram)),
        ("GET", ["files", ..]) => {
            let token = telegram.state().token(req.query("token"));
            let path = path.strip_prefix("files/").unwrap_or_default();
            stored_file(telegram, &token, path).await
        }
        _ => not_found(&req.path),
    }
}

fn bots(telegram: &Telegram) -> Value {
    let state = telegram.state();
    let known = state.bots.values().filter(|bot| !bot.token.is_empty());
    let bots: Vec<_> = known
        .map(|bot| {
            json!({
                "token": bot.token,
                "name": wire::BOT_NAME,
                "webhook_url": bot.webhook.as_ref().map(|hook| &hook.url),
                "pending_update_count": bot.pending.len(),
                "commands": bot.commands,
                "default": state.newest.as_ref() == Some(&bot.token),
            })
        })
        .collect();
    json!({ "bots": bots })
}
