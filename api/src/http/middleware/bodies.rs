//! For how long a body is read, and which encoding it may have.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING,
};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data};
use futures_util::Stream;
use kernel::Error;
use tokio::time::Sleep;

use crate::http::problem::Problem;
use crate::state::ApiState;

/// A body of more than so many bytes.
pub(crate) fn too_large(most: usize) -> Error {
    Error::Invalid {
        code: kernel::codes::PAYLOAD_TOO_LARGE,
        field: "body",
        why: format!("more than {most} bytes"),
    }
}

/// Whether a body did not arrive in time; for what reads bodies as they are.
pub(crate) fn is_late(why: &actix_web::Error) -> bool {
    let late = |why: &PayloadError| matches!(why, PayloadError::Io(why) if why.kind() == io::ErrorKind::TimedOut);
    why.as_error::<PayloadError>().is_some_and(late)
}

/// Limits the time for the arrival of a body. Forms with photos have a longer time, and their own
/// clock.
pub(crate) async fn wrap<B: MessageBody>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    if is_encoded(request.headers()) {
        let refused = request.error_response(Problem(encoded()));
        return Ok(refused.map_into_right_body());
    }
    if has_body(request.headers()) && !is_form(request.headers()) {
        let state = request.app_data::<Data<ApiState>>();
        let time = state.map(|state| state.config.body_timeout);
        if let Some(time) = time {
            let timed = Timed::new(request.take_payload(), time);
            let timed: Pin<Box<dyn Stream<Item = _>>> = Box::pin(timed);
            request.set_payload(timed.into());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Whether a body is compressed: nothing here unpacks one (RFC 9110, section 8.4.1).
fn is_encoded(headers: &HeaderMap) -> bool {
    let mut encodings = headers.get_all(CONTENT_ENCODING);
    encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn encoded() -> Error {
    Error::Invalid {
        code: kernel::codes::UNSUPPORTED_MEDIA_TYPE,
        field: "body",
        why: "must not be compressed (Content-Encoding)".to_owned(),
    }
}

fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    length.is_some_and(|length| length != "0") || headers.contains_key(TRANSFER_ENCODING)
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"))
}

/// A body that fails when its time is over.
struct Timed {
    body: Payload,
    time: Duration,
    end: Pin<Box<Sleep>>,
}

impl Timed {
    fn new(body: Payload, time: Duration) -> Self {
        Self {
            body,
            time,
            end: Box::pin(tokio::time::sleep(time)),
        }
    }
}

impl Stream for Timed {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Poll::Ready(chunk) = Pin::new(&mut self.body).poll_next(context) {
            return Poll::Ready(chunk);
        }
        if self.end.as_mut().poll(context).is_pending() {
            return Poll::Pending;
        }
        let why = format!("did not arrive within {} s", self.time.as_secs());
        let late = io::Error::new(io::ErrorKind::TimedOut, why);
        Poll::Ready(Some(Err(PayloadError::Io(late))))
    }
}
