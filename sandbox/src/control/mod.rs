//! The JSON API for programs that act as the user and for those that break things.
//! Called by `router` for everything under `/control/`; README.md lists it.

mod events;
mod users;

use std::sync::Arc;

use hyper::{Method, StatusCode};
use serde_json::json;

use crate::bank;
use crate::http::{Reply, Req, json as reply, status_json};
use crate::router::not_found;
use crate::telegram::{self, stored_file};
use crate::world::World;

/// `rest` is the path after `/control/`.
pub async fn answer(world: &Arc<World>, rest: &str, req: Req) -> Reply {
    let parts: Vec<&str> = rest.trim_end_matches('/').split('/').collect();
    match (req.method.as_str(), parts.as_slice()) {
        (verb, ["users", id, what]) => match id.parse() {
            Ok(id) => users::answer(world, verb, id, what, &req).await,
            Err(_) => refused(StatusCode::BAD_REQUEST, "a Telegram id is a whole number"),
        },
        (_, ["faults"]) => faults(world, &req),
        ("GET", ["calls"]) => reply(
            &world
                .calls
                .report(req.query("service"), req.query("method")),
        ),
        ("DELETE", ["calls"]) => {
            world.calls.clear();
            reply(&json!({"ok": true}))
        }
        ("GET", ["bank"]) => bank::control(world, None, &req).await,
        ("POST", ["bank", payment]) => bank::control(world, Some(payment), &req).await,
        ("GET", ["bots"]) => reply(&bots(world)),
        ("GET", ["files", ..]) => {
            let token = world.telegram().token(req.query("token"));
            let path = rest.strip_prefix("files/").unwrap_or_default();
            stored_file(world, &token, path).await
        }
        ("POST", ["reset"]) => reset(world).await,
        ("GET", ["health"]) => {
            reply(&json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
        }
        _ => not_found(&req.path),
    }
}

/// `{"error": why}`.
fn refused(status: StatusCode, why: impl std::fmt::Display) -> Reply {
    status_json(status, &json!({"error": why.to_string()}))
}

fn faults(world: &World, req: &Req) -> Reply {
    let outcome = match req.method {
        Method::GET => Ok(world.faults.plan()),
        Method::PUT => req.json().and_then(|plan| world.faults.replace(plan)),
        Method::PATCH => req.json().and_then(|patch| world.faults.patch(patch)),
        Method::DELETE => {
            world.faults.clear();
            Ok(world.faults.plan())
        }
        _ => return refused(StatusCode::METHOD_NOT_ALLOWED, "GET, PUT, PATCH or DELETE"),
    };
    match outcome {
        Ok(plan) => reply(&plan),
        Err(why) => refused(StatusCode::BAD_REQUEST, why),
    }
}

fn bots(world: &World) -> serde_json::Value {
    let state = world.telegram();
    let known = state.bots.values().filter(|bot| !bot.token.is_empty());
    let bots: Vec<_> = known
        .map(|bot| {
            json!({
                "token": bot.token,
                "name": telegram::BOT_NAME,
                "webhook_url": bot.webhook.as_ref().map(|hook| &hook.url),
                "pending_update_count": bot.pending.len(),
                "commands": bot.commands,
                "default": state.newest.as_ref() == Some(&bot.token),
            })
        })
        .collect();
    json!({ "bots": bots })
}

async fn reset(world: &World) -> Reply {
    world.reset();
    // Nothing refers to the files any more; a folder that is not there is as good as empty.
    let _ = tokio::fs::remove_dir_all(world.config.data_dir.join("telegram")).await;
    reply(&json!({"ok": true}))
}
