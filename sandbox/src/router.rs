//! Every address on the main port. Called by `server`.

use std::sync::Arc;

use hyper::{Method, StatusCode};
use serde_json::json;

use crate::http::{Answer, Req, status_json};
use crate::world::World;
use crate::{ai, bank, control, page, telegram};

/// Finds the front door of a request.
pub async fn answer(world: &Arc<World>, req: Req) -> Answer {
    let path = req.path.clone();
    if let Some(rest) = path.strip_prefix("/file/bot")
        && let Some((token, file)) = rest.split_once('/')
    {
        // teloxide escapes the slashes of the path, and Telegram takes that.
        return telegram::file(world, &decoded(token), &decoded(file)).await;
    }
    if let Some(rest) = path.strip_prefix("/bot")
        && let Some((token, method)) = rest.split_once('/')
    {
        return telegram::call(world, &decoded(token), method.trim_end_matches('/'), req).await;
    }
    if let Some(rest) = path.strip_prefix("/control/") {
        return Ok(control::answer(world, rest, req).await);
    }
    if let Some(payment) = path.strip_prefix("/bank/") {
        return Ok(bank::visit(world, payment, &req).await);
    }
    if let Some(method) = path.strip_prefix("/v2/")
        && req.method == Method::POST
    {
        return bank::call(world, method, req).await;
    }
    let req = match ai::answer(world, req).await {
        Ok(answer) => return answer,
        Err(req) => req,
    };
    match (&req.method, path.as_str()) {
        (&Method::GET, "/api/v1/models" | "/v1/models") => ai::models(world, &req).await,
        (&Method::GET | &Method::HEAD, path) => Ok(page::answer(path)),
        _ => Ok(not_found(&path)),
    }
}

/// The reply where nothing is.
pub fn not_found(path: &str) -> crate::http::Reply {
    status_json(
        StatusCode::NOT_FOUND,
        &json!({"error": format!("there is nothing at {path}")}),
    )
}

/// Some clients escape the colon of the token, or the slashes of a file's path.
fn decoded(part: &str) -> String {
    percent_encoding::percent_decode_str(part)
        .decode_utf8_lossy()
        .into_owned()
}
