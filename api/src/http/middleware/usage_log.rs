//! The line of a request in the log of what accounts use: of those that come from a person or by a key. It says what the
//! access log says, and is written later, by a task of its own.

use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use actix_web::{HttpMessage, HttpRequest, web};
use kernel::ErrorCode;
use kernel::codes::RATE_LIMITED;
use people::api_keys::model::Owner;
use people::codes::KEY_QUOTA_USED;
use usage::codes::REQUESTS_USED;
use usage::lines::Line;
use uuid::Uuid;

use super::access_log::{Names, Refused, is_of_the_client, is_quiet};
use crate::http::extract::{About, Acting, Caller, Found, origin};
use crate::state::ApiState;

/// Whom a request is about, and whose it is.
#[derive(Default)]
struct Whose {
    person: Option<Uuid>,
    account: Option<Uuid>,
    key: Option<Uuid>,
    /// A program of an operator has sent it for the person: its key and its network are not the person's to see.
    is_for_them: bool,
}

/// Of those that are beyond a limit one in so many has a line.
const SAMPLED: u8 = 20;

/// Hands over the line of a request.
pub(super) fn note<B: MessageBody>(
    answered: &ServiceResponse<B>,
    names: &Names<'_>,
    route: &str,
    took: Duration,
) {
    let request = answered.request();
    let Some(state) = request.app_data::<web::Data<ApiState>>() else {
        return;
    };
    let whose = whose(request);
    if is_quiet(route) || whose.account.is_none() && whose.key.is_none() {
        return;
    }
    let code = answered
        .response()
        .extensions()
        .get::<Refused>()
        .map(|why| why.0);
    let id = Uuid::now_v7();
    if code.is_some_and(is_beyond) && !id.as_bytes()[15].is_multiple_of(SAMPLED) {
        return;
    }
    state.usage.log(Line {
        id,
        occurred_at: state.core.clock.now(),
        user_id: whose.person,
        account_id: whose.account,
        key_id: whose.key,
        method: names.method,
        endpoint: route.to_owned(),
        status: answered.status().as_u16(),
        latency_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
        is_untimed: is_of_the_client(request.headers(), answered.headers()),
        bytes_in: length(request.headers()),
        bytes_out: size(answered.response().body()),
        error_code: code.map(|code| code.as_str()),
        request_id: names.request_id.to_owned(),
        address: origin::address(request).filter(|_| !whose.is_for_them),
    });
}

/// Whether it was too much, of which there may be any number: they would take the room of other lines.
fn is_beyond(code: ErrorCode) -> bool {
    [RATE_LIMITED, KEY_QUOTA_USED, REQUESTS_USED].contains(&code)
}

fn whose(request: &HttpRequest) -> Whose {
    let left = request.extensions();
    let person = left.get::<About>().map(|about| about.0);
    let mut whose = Whose {
        person,
        account: person,
        ..Whose::default()
    };
    if let Some(Found(Ok(Caller::Service(service)))) = left.get() {
        whose.key = Some(service.id);
        match service.owner {
            Owner::Operator => whose.is_for_them = true,
            Owner::Person { id, .. } => {
                whose.person = Some(id);
                whose.account = Some(id);
            }
            Owner::Organization(id) => whose.account = Some(id),
        }
    }
    if let Some(acting) = left.get::<Acting>() {
        whose.account = Some(acting.account);
        whose.person = acting.person;
    }
    whose.is_for_them &= whose.account.is_some();
    whose.key = whose.key.filter(|_| !whose.is_for_them);
    whose
}

/// What the client says of its body; of one that comes in parts nothing.
fn length(headers: &HeaderMap) -> u64 {
    let length = headers.get(CONTENT_LENGTH);
    length
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .filter(|length| i64::try_from(*length).is_ok())
        .unwrap_or(0)
}

/// Of an answer that streams nothing is known yet.
fn size(body: &impl MessageBody) -> u64 {
    match body.size() {
        BodySize::Sized(size) => size,
        BodySize::None | BodySize::Stream => 0,
    }
}
