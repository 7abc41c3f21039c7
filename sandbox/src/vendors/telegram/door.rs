//! The front door of the Bot API: token, method, fields, faults, and Telegram's envelope.
//! The courier calls it too, when a webhook answers with a method.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{HeaderValue, RETRY_AFTER};
use hyper::{Request, StatusCode};
use serde_json::{Value, json};

use super::error::ApiError;
use super::model::bot_id;
use super::{CALLS, DOWNLOADS, FILE, Telegram, attachments, methods, store};
use crate::faults::{ErrorForm, through};
use crate::http::{Answer, Cut, Form, Reply, Req, status_json, with_type};
use crate::router::not_found;

struct Envelope;

impl ErrorForm for Envelope {
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
}

fn refusal(error: &ApiError) -> Reply {
    let status = StatusCode::from_u16(error.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut body = json!({"ok": false, "error_code": error.code, "description": error.description});
    if !error.parameters.is_null() {
        body["parameters"] = error.parameters.clone();
    }
    status_json(status, &body)
}

/// The Bot API and the downloads.
pub async fn answer(telegram: &Arc<Telegram>, path: &str, request: Request<Incoming>) -> Answer {
    if let Some(rest) = path.strip_prefix("/file/bot")
        && let Some((token, file)) = rest.split_once('/')
    {
        // teloxide escapes the slashes of the path, and Telegram takes that.
        return download(telegram, &decoded(token), &decoded(file)).await;
    }
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|it| it.split_once('/')) else {
        return Ok(not_found(path));
    };
    match Req::read(request).await {
        Ok(req) => call(telegram, &decoded(token), method.trim_end_matches('/'), req).await,
        Err(refusal) => Ok(refusal),
    }
}

/// Some clients escape the colon of the token, or the slashes of a file's path.
fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part)
        .decode_utf8_lossy()
        .into_owned()
}

/// `/bot<token>/<method>`.
async fn call(telegram: &Arc<Telegram>, token: &str, method: &str, req: Req) -> Answer {
    let name = methods::METHODS
        .iter()
        .find(|known| known.eq_ignore_ascii_case(method));
    let watch = telegram
        .world
        .calls
        .watch(&CALLS, name.unwrap_or(&"unknown"), Value::Null);
    let work = async {
        let outcome = match (bot_id(token), name) {
            (None, _) => Err(ApiError::new(401, "Unauthorized")),
            (_, None) => Err(ApiError::new(404, "Not Found")),
            (Some(_), Some(name)) => match req.form().await {
                Ok(form) => execute(telegram, token, name, form).await,
                Err(why) => Err(ApiError::bad(why)),
            },
        };
        Ok::<_, Cut>(match outcome {
            Ok(result) => status_json(StatusCode::OK, &json!({"ok": true, "result": result})),
            Err(error) => refusal(&error),
        })
    };
    through(&telegram.world, &CALLS, watch, &Envelope, work).await
}

/// Runs one method and lets the snapshot know.
pub async fn execute(
    telegram: &Arc<Telegram>,
    token: &str,
    method: &str,
    form: Form,
) -> Result<Value, ApiError> {
    let result = methods::run(telegram, token, method, form).await;
    telegram.world.touched();
    result
}

/// `/file/bot<token>/<path>`.
async fn download(telegram: &Arc<Telegram>, token: &str, path: &str) -> Answer {
    let watch = telegram.world.calls.watch(&DOWNLOADS, FILE, Value::Null);
    let work = async { Ok::<_, Cut>(stored_file(telegram, token, path).await) };
    through(&telegram.world, &DOWNLOADS, watch, &Envelope, work).await
}

/// A stored file without faults and log; the chat page shows its photos through this.
pub async fn stored_file(telegram: &Arc<Telegram>, token: &str, path: &str) -> Reply {
    // Only paths that were given out are served, so nothing else on the disk can be reached.
    let known = {
        let state = telegram.state();
        let bot = state.bots.get(token);
        bot.is_some_and(|bot| bot.paths.contains(path))
    };
    let bytes = match known {
        true => tokio::fs::read(store::place(telegram, path)).await.ok(),
        false => None,
    };
    match bytes {
        Some(bytes) => with_type(StatusCode::OK, attachments::mime_type(path), bytes),
        None => refusal(&ApiError::new(404, "Not Found")),
    }
}
