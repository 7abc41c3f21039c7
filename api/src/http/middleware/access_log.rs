//! The access log: one line a request, by the design document, section 8.2. It names the route and never the path, and
//! whom the request is about by an id of ours; nothing that came with the request is in it but its id.

use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{CONTENT_TYPE, HeaderMap};
use kernel::ErrorCode;
use tracing::field::display;
use uuid::Uuid;

use crate::http::extract::{About, Acting};

/// What programs ask every few seconds.
const QUIET: [&str; 3] = ["/v1/health", "/v1/ready", "/metrics"];

/// Stored in an answer: why it is none.
pub(crate) struct Refused(pub ErrorCode);

/// Whether a route is asked so often, and says so little, that it is neither logged nor traced.
pub(super) fn is_quiet(route: &str) -> bool {
    QUIET.contains(&route)
}

/// Names a request in the log.
pub(super) struct Names<'a> {
    pub method: &'static str,
    pub request_id: &'a str,
    pub trace_id: Option<&'a str>,
}

/// Writes the line of a request.
pub(super) fn write<B>(answered: &ServiceResponse<B>, names: &Names<'_>, took: Duration) {
    let route = answered.request().match_pattern();
    let route = route.as_deref().unwrap_or("none");
    if is_quiet(route) {
        return;
    }
    let (person, account) = about(answered);
    let (user_id, account_id) = (person.map(display), account.map(display));
    let code = answered
        .response()
        .extensions()
        .get::<Refused>()
        .map(|why| why.0.as_str());
    tracing::info!(
        target: "access",
        method = names.method,
        route,
        status = answered.status().as_u16(),
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        request_id = names.request_id,
        code,
        user_id,
        account_id,
        trace_id = names.trace_id,
        "answered"
    );
}

/// The person that a request is about, and the account that it is for if that is another.
fn about<B>(answered: &ServiceResponse<B>) -> (Option<Uuid>, Option<Uuid>) {
    let known = answered.request().extensions();
    let person = known.get::<About>().map(|about| about.0);
    let account = known.get::<Acting>().map(|acting| acting.account);
    (person, account.filter(|account| person != Some(*account)))
}

/// Whether the time of an answer was not ours: the client has asked to wait, or has sent a file.
pub(super) fn is_of_the_client(asked: &HeaderMap, given: &HeaderMap) -> bool {
    let kind = asked.get(CONTENT_TYPE);
    let is_upload = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"multipart/"));
    is_upload || given.contains_key("preference-applied")
}
