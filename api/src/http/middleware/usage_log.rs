//! The line of a request in the log of what accounts use: of those that come from a person or by a key. It says what the
//! access log says, and is written later, by a task of its own.

use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap};
use actix_web::{HttpMessage, HttpRequest, web};
use people::api_keys::model::Owner;
use usage::lines::Line;
use uuid::Uuid;

use super::access_log::{Names, Refused, is_quiet};
use crate::http::extract::{About, Acting, Caller, Found, origin};
use crate::state::ApiState;

/// Whom a request is about, and whose it is.
#[derive(Default)]
struct Whose {
    person: Option<Uuid>,
    account: Option<Uuid>,
    key: Option<Uuid>,
}

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
    let code = answered.response().extensions().get::<Refused>().map(code);
    state.usage.log(Line {
        id: Uuid::now_v7(),
        occurred_at: state.core.clock.now(),
        user_id: whose.person,
        account_id: whose.account,
        key_id: whose.key,
        method: names.method,
        endpoint: route.to_owned(),
        status: answered.status().as_u16(),
        latency_ms: u32::try_from(took.as_millis()).unwrap_or(u32::MAX),
        bytes_in: length(request.headers()),
        bytes_out: size(answered.response().body()),
        error_code: code,
        request_id: names.request_id.to_owned(),
        address: origin::address(request),
    });
}

fn code(why: &Refused) -> &'static str {
    why.0.as_str()
}

fn whose(request: &HttpRequest) -> Whose {
    let left = request.extensions();
    let person = left.get::<About>().map(|about| about.0);
    let mut whose = Whose {
        person,
        account: person,
        key: None,
    };
    if let Some(Found(Ok(Caller::Service(service)))) = left.get() {
        whose.key = Some(service.id);
        match service.owner {
            Owner::Operator => {}
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
