//! The chat page: one document, style and script embedded. Called by `router`.

use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderValue};

use crate::http::{Reply, html, with_type};
use crate::router::not_found;

const HTML: &str = include_str!("../assets/chat.html");
const CSS: &str = include_str!("../assets/chat.css");
const JS: &str = include_str!("../assets/chat.js");
const ICON: &str = include_str!("../assets/icon.svg");
const SAMPLE: &[u8] = include_bytes!("../../fixtures/coffee-cup.png");

/// The files of the page.
pub fn answer(path: &str) -> Reply {
    let mut reply = match path {
        "/" => html(HTML),
        "/chat.css" => with_type(StatusCode::OK, "text/css; charset=utf-8", CSS),
        "/chat.js" => with_type(StatusCode::OK, "text/javascript; charset=utf-8", JS),
        "/icon.svg" | "/favicon.ico" => with_type(StatusCode::OK, "image/svg+xml", ICON),
        "/sample.png" => with_type(StatusCode::OK, "image/png", SAMPLE),
        path => return not_found(path),
    };
    // A new build must show at the next reload.
    reply
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    reply
}
