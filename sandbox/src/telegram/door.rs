//! The front door of the Bot API: token, method, fields, faults, and Telegram's envelope.
//! Called by `router`, and by the courier when a webhook answers with a method.

use std::sync::Arc;

use hyper::StatusCode;
use hyper::header::{HeaderValue, RETRY_AFTER};
use serde_json::{Value, json};

use super::error::ApiError;
use super::model::bot_id;
use super::{methods, store};
use crate::faults::{Service, Vendor, through};
use crate::http::{Answer, Cut, Form, Reply, Req, status_json, with_type};
use crate::world::World;

struct Telegram;

impl Vendor<Reply> for Telegram {
    fn failure(&self, status: u16) -> Reply {
        let words = StatusCode::from_u16(status)
            .ok()
            .and_then(|s| s.canonical_reason());
        refusal(&ApiError::new(
            status,
            words.unwrap_or("Internal Server Error"),
        ))
    }

    fn rate_limited(&self, seconds: u64) -> Reply {
        let description = format!("Too Many Requests: retry after {seconds}");
        let mut reply = status_json(
            StatusCode::TOO_MANY_REQUESTS,
            &json!({
                "ok": false, "error_code": 429, "description": description,
                "parameters": {"retry_after": seconds},
            }),
        );
        reply
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
        reply
    }

    fn status(&self, reply: &Reply) -> u16 {
        reply.status().as_u16()
    }
}

fn refusal(error: &ApiError) -> Reply {
    let status = StatusCode::from_u16(error.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    status_json(
        status,
        &json!({"ok": false, "error_code": error.code, "description": error.description}),
    )
}

/// `/bot<token>/<method>`.
pub async fn call(world: &Arc<World>, token: &str, method: &str, req: Req) -> Answer {
    let name = methods::METHODS
        .iter()
        .find(|known| known.eq_ignore_ascii_case(method));
    let watch = world
        .calls
        .watch(Service::Telegram, name.unwrap_or(&"unknown"), Value::Null);
    let work = async {
        let outcome = match (bot_id(token), name) {
            (None, _) => Err(ApiError::new(401, "Unauthorized")),
            (_, None) => Err(ApiError::new(404, "Not Found")),
            (Some(_), Some(name)) => match req.form().await {
                Ok(form) => execute(world, token, name, form).await,
                Err(why) => Err(ApiError::bad(why)),
            },
        };
        Ok::<_, Cut>(match outcome {
            Ok(result) => status_json(StatusCode::OK, &json!({"ok": true, "result": result})),
            Err(error) => refusal(&error),
        })
    };
    through(world, Service::Telegram, watch, &Telegram, work).await
}

/// Runs one method and lets the snapshot know.
pub async fn execute(
    world: &Arc<World>,
    token: &str,
    method: &str,
    form: Form,
) -> Result<Value, ApiError> {
    let result = methods::run(world, token, method, form).await;
    world.touched();
    result
}

/// `/file/bot<token>/<path>`.
pub async fn file(world: &Arc<World>, token: &str, path: &str) -> Answer {
    let watch = world.calls.watch(Service::Telegram, "file", Value::Null);
    let work = async { Ok::<_, Cut>(stored_file(world, token, path).await) };
    through(world, Service::Telegram, watch, &Telegram, work).await
}

/// A stored file without faults and log; the chat page shows its photos through this.
pub async fn stored_file(world: &Arc<World>, token: &str, path: &str) -> Reply {
    // Only paths that were given out are served, so nothing else on the disk can be reached.
    let known = {
        let state = world.telegram();
        let bot = state.bots.get(token);
        bot.is_some_and(|bot| bot.paths.contains(path))
    };
    let bytes = match known {
        true => tokio::fs::read(store::place(world, path)).await.ok(),
        false => None,
    };
    let jpeg = path.ends_with(".jpg") || path.ends_with(".jpeg");
    let kind = if jpeg {
        "image/jpeg"
    } else {
        "application/octet-stream"
    };
    match bytes {
        Some(bytes) => with_type(StatusCode::OK, kind, bytes),
        None => refusal(&ApiError::new(404, "Not Found")),
    }
}
