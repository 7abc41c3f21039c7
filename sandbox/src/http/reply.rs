//! Replies in the few shapes the sandbox speaks.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde::Serialize;

use super::Cut;

/// A body that is either whole or still being written; a cut one breaks the connection.
pub type Body = UnsyncBoxBody<Bytes, Cut>;
/// A reply on its way out.
pub type Reply = Response<Body>;

/// `bytes` under the content type `kind`.
pub fn with_type(status: StatusCode, kind: &'static str, bytes: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(
        Full::new(bytes.into())
            .map_err(|never| match never {})
            .boxed_unsync(),
    );
    *reply.status_mut() = status;
    reply
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

/// A status by its number; of one that is none, 500.
pub fn status_of(number: u16) -> StatusCode {
    StatusCode::from_u16(number).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// 200 with a JSON body.
pub fn json(value: &impl Serialize) -> Reply {
    status_json(StatusCode::OK, value)
}

/// `status` with a JSON body.
pub fn status_json(status: StatusCode, value: &impl Serialize) -> Reply {
    match serde_json::to_vec(value) {
        Ok(bytes) => with_type(status, "application/json", bytes),
        Err(e) => {
            tracing::error!("a reply does not serialise: {e}");
            with_type(
                StatusCode::INTERNAL_SERVER_ERROR,
                "text/plain",
                "unserialisable reply",
            )
        }
    }
}

/// `{"error": why}`.
pub fn refused(status: StatusCode, why: impl std::fmt::Display) -> Reply {
    status_json(status, &serde_json::json!({"error": why.to_string()}))
}

/// 200 with a page.
pub fn html(page: impl Into<Bytes>) -> Reply {
    with_type(StatusCode::OK, "text/html; charset=utf-8", page)
}

/// 200 with server-sent events; each item is one complete event, blank line included.
pub fn sse(events: impl Stream<Item = String> + Send + 'static) -> Reply {
    flowing("text/event-stream", events.map(Ok))
}

/// 200 with `frames` one after another, `pace` apart. After `cut` of them the connection breaks.
pub fn paced(kind: &'static str, frames: Vec<String>, pace: Duration, cut: Option<usize>) -> Reply {
    let frames = frames.into_iter().enumerate();
    let frames = stream::unfold(frames, move |mut frames| async move {
        let (at, frame) = frames.next()?;
        if !pace.is_zero() && at > 0 {
            tokio::time::sleep(pace).await;
        }
        if cut.is_some_and(|cut| at >= cut) {
            // What has been written has to leave before the connection breaks.
            tokio::time::sleep(Duration::from_millis(5)).await;
            return Some((Err(Cut), frames));
        }
        Some((Ok(frame), frames))
    });
    flowing(kind, frames)
}

fn flowing(
    kind: &'static str,
    frames: impl Stream<Item = Result<String, Cut>> + Send + 'static,
) -> Reply {
    let frames = frames.map(|frame| frame.map(|text| Frame::data(Bytes::from(text))));
    let mut reply = Response::new(StreamBody::new(frames).boxed_unsync());
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    reply
}
