//! Every address on the main port. Called by `server`.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use serde_json::json;

use crate::http::{Answer, Reply, Req, status_json};
use crate::vendors::Vendors;
use crate::world::World;
use crate::{control, page};

/// Finds the vendor, or the page, that a request is for.
pub async fn answer(
    world: &Arc<World>,
    vendors: &Arc<Vendors>,
    request: Request<Incoming>,
) -> Answer {
    let path = request.uri().path().to_owned();
    if let Some((vendor, rest)) = vendors.at(&path) {
        return vendor.answer(rest, request).await;
    }
    let req = match Req::read(request).await {
        Ok(req) => req,
        Err(refusal) => return Ok(refusal),
    };
    Ok(match path.strip_prefix("/control/") {
        Some(rest) => control::answer(world, vendors, rest, req).await,
        None if req.method == Method::GET || req.method == Method::HEAD => page::answer(&path),
        None => not_found(&path),
    })
}

/// The reply where nothing is.
pub fn not_found(path: &str) -> Reply {
    status_json(
        StatusCode::NOT_FOUND,
        &json!({"error": format!("there is nothing at {path}")}),
    )
}
