//! Telegram's part of the control API: acting as a person, and what bots have set up.

mod acts;
mod apps;
mod events;
mod groups;
mod users;
mod writing;

use std::sync::Arc;

use hyper::StatusCode;
use serde_json::{Value, json};

use super::door::stored_file;
use super::people::Scene;
use super::{Telegram, wire};
use crate::http::{Form, Reply, Req, json as reply, refused, status_json};
use crate::router::not_found;

/// `path` is what follows `/control/`.
pub(super) async fn answer(telegram: &Arc<Telegram>, path: &str, req: Req) -> Reply {
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').collect();
    match (req.method.as_str(), parts.as_slice()) {
        (verb, [place @ ("users" | "groups"), id, rest @ ..]) => {
            let Ok(id) = id.parse() else {
                return refused(StatusCode::BAD_REQUEST, "a Telegram id is a whole number");
            };
            match *place {
                "users" => users::answer(telegram, verb, id, rest, &req).await,
                _ => groups::answer(telegram, verb, id, rest, &req).await,
            }
        }
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
                "name": bot.profile.text("name", "").unwrap_or(wire::BOT_NAME),
                "webhook_url": bot.webhook.as_ref().map(|hook| &hook.url),
                "pending_update_count": bot.pending.len(),
                "commands": bot.profile.all_commands(),
                "default": state.newest.as_ref() == Some(&bot.token),
            })
        })
        .collect();
    json!({ "bots": bots })
}

/// One act of a person: what is asked for, by whom, of which bot.
struct Act<'a> {
    telegram: &'a Arc<Telegram>,
    token: String,
    scene: Scene,
    form: Form,
}

impl<'a> Act<'a> {
    /// Reads the act of `user`, in a group or in their private chat.
    async fn read(
        telegram: &'a Arc<Telegram>,
        req: &Req,
        user: i64,
        group: Option<i64>,
    ) -> Result<Self, String> {
        let form = req.form().await?;
        let token = telegram.state().token(req.query("token"));
        let person = users::person(telegram, &token, user, &form);
        Ok(Self {
            telegram,
            token,
            scene: Scene { person, group },
            form,
        })
    }

    /// A whole number that has to be there.
    fn int(&self, field: &str) -> Result<i64, String> {
        let value = self.form.int(field);
        value.ok_or_else(|| format!("{field} is missing; it is a whole number"))
    }

    /// A text that has to be there.
    fn text(&self, field: &str) -> Result<String, String> {
        let value = self.form.text(field);
        value.ok_or_else(|| format!("{field} is missing"))
    }
}

/// 201 with what an act gave, or 400 with a sentence.
fn created(outcome: Result<Value, String>) -> Reply {
    match outcome {
        Ok(value) => status_json(StatusCode::CREATED, &value),
        Err(why) => refused(StatusCode::BAD_REQUEST, why),
    }
}
