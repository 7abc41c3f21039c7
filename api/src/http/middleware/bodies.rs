//! How much of a body is read, and for how long.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::{JsonPayloadError, PayloadError};
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, TRANSFER_ENCODING};
use actix_web::middleware::Next;
use actix_web::web::{Bytes, Data, JsonConfig};
use actix_web::{HttpMessage, HttpRequest};
use futures_util::Stream;
use kernel::Error;
use tokio::time::Sleep;

use crate::http::problem::Problem;
use crate::state::ApiState;

/// The largest JSON that is read, in bytes.
const JSON_MAX: usize = 64 * 1024;

/// How JSON is read, and how it is refused.
pub(crate) fn json() -> JsonConfig {
    JsonConfig::default()
        .limit(JSON_MAX)
        .error_handler(|why, _: &HttpRequest| Problem(refusal(why)).into())
}

fn refusal(why: JsonPayloadError) -> Error {
    use JsonPayloadError as E;
    let (code, why) = match why {
        E::OverflowKnownLength { .. } | E::Overflow { .. } => (
            kernel::codes::PAYLOAD_TOO_LARGE,
            format!("more than {JSON_MAX} bytes"),
        ),
        E::ContentType => (
            kernel::codes::UNSUPPORTED_MEDIA_TYPE,
            "must be application/json".to_owned(),
        ),
        E::Payload(PayloadError::Io(why)) if why.kind() == io::ErrorKind::TimedOut => {
            (kernel::codes::REQUEST_TIMEOUT, why.to_string())
        }
        E::Deserialize(why) => (kernel::codes::INVALID_FIELD, why.to_string()),
        why => (kernel::codes::INVALID_FIELD, why.to_string()),
    };
    Error::Invalid {
        code,
        field: "body",
        why,
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
) -> Result<ServiceResponse<B>, actix_web::Error> {
    if has_body(request.headers()) && !is_form(request.headers()) {
        let state = request.app_data::<Data<ApiState>>();
        let time = state.map(|state| state.config.body_timeout);
        if let Some(time) = time {
            let timed = Timed::new(request.take_payload(), time);
            let timed: Pin<Box<dyn Stream<Item = _>>> = Box::pin(timed);
            request.set_payload(timed.into());
        }
    }
    next.call(request).await
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

#[cfg(test)]
mod tests {
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};
    use kernel::ErrorCode;
    use serde_json::Value;

    use super::*;

    /// The code with which a body is refused; none if it is read.
    async fn refused(kind: &str, body: Vec<u8>) -> Option<(u16, ErrorCode)> {
        let read = async |_: web::Json<Value>| HttpResponse::Ok();
        let app = App::new().app_data(json()).route("/", web::post().to(read));
        let request = TestRequest::post().insert_header((CONTENT_TYPE, kind));
        let request = request.set_payload(body).to_request();
        let answered = call_service(&init_service(app).await, request).await;
        let problem = answered.response().error()?.as_error::<Problem>()?;
        Some((answered.status().as_u16(), problem.0.code()))
    }

    #[actix_web::test]
    async fn json_is_refused_by_size_kind_and_form_with_its_codes() {
        let string = |len: usize| format!("\"{}\"", "x".repeat(len - 2)).into_bytes();
        assert_eq!(refused("application/json", string(JSON_MAX)).await, None);
        for (kind, body, wanted) in [
            (
                "application/json",
                string(JSON_MAX + 1),
                (413, kernel::codes::PAYLOAD_TOO_LARGE),
            ),
            (
                "text/plain",
                string(10),
                (415, kernel::codes::UNSUPPORTED_MEDIA_TYPE),
            ),
            (
                "application/json",
                b"{".to_vec(),
                (400, kernel::codes::INVALID_FIELD),
            ),
            (
                "application/json",
                vec![b'"', 0xff, b'"'],
                (400, kernel::codes::INVALID_FIELD),
            ),
        ] {
            let code = refused(kind, body).await;
            assert_eq!(code, Some(wanted), "{kind}");
        }
    }
}
