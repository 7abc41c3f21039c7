//! The little HTTP the sandbox needs on top of hyper: a request with its body read, a reply, and
//! the third outcome no framework offers, a connection cut without a word.
//! Used by the vendors, `control` and `page`; calls hyper and multer.

mod reply;
mod request;

pub use reply::{Reply, html, json, paced, refused, sse, status_json, status_of, with_type};
pub use request::{Form, Req, Upload};

/// The connection is closed and the client never hears back.
#[derive(Debug)]
pub struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("connection cut on purpose")
    }
}

impl std::error::Error for Cut {}

/// What a vendor answers a call with.
pub type Answer = Result<Reply, Cut>;

/// No body may be larger: photos travel as base64 inside JSON, and Telegram takes up to 50 MB.
pub const MAX_BODY: usize = 56 * 1024 * 1024;
