//! The chat page: one document, styles and scripts embedded. Called by `router`.

use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderValue};

use crate::http::{Reply, html, with_type};
use crate::router::not_found;

const HTML: &str = include_str!("../assets/chat.html");
const STYLES: [(&str, &str); 3] = [
    ("/chat.css", include_str!("../assets/chat.css")),
    ("/messages.css", include_str!("../assets/messages.css")),
    ("/app.css", include_str!("../assets/app.css")),
];
const SCRIPTS: [(&str, &str); 11] = [
    ("/theme.js", include_str!("../assets/theme.js")),
    ("/chat.js", include_str!("../assets/chat.js")),
    ("/words.js", include_str!("../assets/words.js")),
    ("/messages.js", include_str!("../assets/messages.js")),
    ("/writing.js", include_str!("../assets/writing.js")),
    ("/app.js", include_str!("../assets/app.js")),
    ("/app-look.js", include_str!("../assets/app-look.js")),
    ("/app-bars.js", include_str!("../assets/app-bars.js")),
    ("/app-acts.js", include_str!("../assets/app-acts.js")),
    ("/faults.js", include_str!("../assets/faults.js")),
    ("/begin.js", include_str!("../assets/begin.js")),
];
const ICON: &str = include_str!("../assets/icon.svg");
const SAMPLE: &[u8] = include_bytes!("../../fixtures/coffee-cup.png");

/// The files of the page.
pub fn answer(path: &str) -> Reply {
    let mut reply = match path {
        "/" => html(HTML),
        "/icon.svg" | "/favicon.ico" => with_type(StatusCode::OK, "image/svg+xml", ICON),
        "/sample.png" => with_type(StatusCode::OK, "image/png", SAMPLE),
        path => match (named(&STYLES, path), named(&SCRIPTS, path)) {
            (Some(style), _) => with_type(StatusCode::OK, "text/css; charset=utf-8", style),
            (_, Some(code)) => with_type(StatusCode::OK, "text/javascript; charset=utf-8", code),
            _ => return not_found(path),
        },
    };
    // A new build must show at the next reload.
    reply
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    reply
}

fn named(files: &[(&str, &'static str)], path: &str) -> Option<&'static str> {
    let mut files = files.iter();
    files.find(|(name, _)| *name == path).map(|(_, text)| *text)
}
