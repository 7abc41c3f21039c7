//! Gives each request an id and a span, measures and logs it, and writes the body of every answer that is
//! not a success: `{"code","message","details","request_id"}`.
//!
//! The span names method, route and request id in every line of the log that is written on the way. In a process with
//! traces it is a span of the caller's trace as well, and what is reported to Sentry carries the same names.

use std::time::{Duration, Instant};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use kernel::telemetry::traces::{self, Span};
use kernel::telemetry::{self, Tags, Unit};
use kernel::{Error, ErrorCode, Language};
use serde_json::{Value, json};
use tracing::Instrument;
use uuid::Uuid;

use super::access_log::{self, Refused};
use super::{bodies, caching, usage_log};
use crate::http::extract;
use crate::http::extract::Asked;
use crate::http::extract::origin::RequestId;
use crate::http::problem::Problem;
use crate::state::ApiState;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The refusal that the client gets.
struct Refusal {
    status: StatusCode,
    code: ErrorCode,
    details: Value,
    retry_after: Option<u64>,
}

pub(crate) async fn wrap(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    let request_id = request_id(&request);
    let method = known(request.method());
    // By the path alone, as the router is going to read it.
    let route = request.match_pattern();
    let route = route.as_deref().unwrap_or("none");
    let id = RequestId(request_id.clone());
    request.extensions_mut().insert(id);
    let span = tracing::error_span!("request", method, route, request_id);
    let unit = unit(request.headers(), method, route, &request_id);
    let started = Instant::now();
    let answering = unit.run(answer(request, next, request_id.clone(), method));
    let answered = answering.instrument(span).await?;
    let status = answered.status();
    unit.span
        .answered(status.as_u16(), status.is_server_error());
    let trace_id = unit.span.trace_id();
    let names = access_log::Names {
        method,
        request_id: &request_id,
        trace_id: trace_id.as_deref(),
    };
    access_log::write(&answered, &names, started.elapsed());
    usage_log::note(&answered, &names, route, started.elapsed());
    Ok(answered)
}

/// What traces and reports know of a request.
fn unit(headers: &HeaderMap, method: &'static str, route: &str, request_id: &str) -> Unit {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let span = match access_log::is_quiet(route) {
        true => Span::NONE,
        false => Span::of_request(method, route, request_id, text(traces::HEADER)),
    };
    let tags: Tags<'_> = &[
        ("method", &method),
        ("route", &route),
        ("request_id", &request_id),
    ];
    Unit::of_agent(span, tags, text("user-agent"))
}

async fn answer(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
    request_id: String,
    method: &'static str,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    let started = Instant::now();
    let answered = next.call(request).await?;
    let route = answered.request().match_pattern();
    let route = route.unwrap_or_else(|| "none".to_owned());
    forget_the_deleted(&answered);
    let mut answered = match refusal(&answered) {
        None => answered.map_into_left_body(),
        Some(refusal) => {
            let language = language(answered.request(), refusal.status).await;
            let mut response = body(refusal, language, &request_id);
            keep_headers(answered.headers(), response.headers_mut());
            answered.into_response(response.map_into_right_body())
        }
    };
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        answered.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, took) = (answered.status(), started.elapsed());
    caching::dress(answered.headers_mut(), &route, status);
    tell_of_slow(&answered, method, &route, took);
    crate::http::metrics::http_request(method, route, status.as_u16(), took);
    Ok(answered)
}

/// Reports a request that has taken long here.
fn tell_of_slow<B>(answered: &ServiceResponse<B>, method: &str, route: &str, took: Duration) {
    let request = answered.request();
    let Some(state) = request.app_data::<web::Data<ApiState>>() else {
        return;
    };
    let is_slow = took >= state.core.config.telemetry.slow_request;
    if is_slow && !access_log::is_of_the_client(request.headers(), answered.headers()) {
        telemetry::slow(method, route, took);
    }
}

/// The person's language. For what is refused by the thousand, or because the database is away, that is not
/// asked.
async fn language(request: &HttpRequest, status: StatusCode) -> Language {
    let cheap = [StatusCode::UNAUTHORIZED, StatusCode::TOO_MANY_REQUESTS];
    let may_ask = status.is_client_error() && !cheap.contains(&status);
    match request.app_data::<web::Data<ApiState>>() {
        Some(state) => extract::of_person(request, state, may_ask).await,
        None => extract::of_request(request),
    }
}

/// Drops a person who may have been deleted just now, maybe by another process, from the cache: then
/// their next request is that of a new person.
fn forget_the_deleted<B>(answered: &ServiceResponse<B>) {
    let why = answered.response().error();
    let Some(Problem(Error::NotFound(_))) = why.and_then(|why| why.as_error()) else {
        return;
    };
    let request = answered.request();
    let asked = request.extensions().get::<Asked>().copied();
    let state = request.app_data::<web::Data<ApiState>>();
    if let (Some(Asked(person)), Some(state)) = (asked, state) {
        state.persons.forget(person);
    }
}

/// Keeps the headers of an answer (`Allow`, `WWW-Authenticate`) with its new body.
fn keep_headers(given: &HeaderMap, kept: &mut HeaderMap) {
    let of_body = [CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER];
    for (name, value) in given.iter().filter(|(name, _)| !of_body.contains(name)) {
        kept.append(name.clone(), value.clone());
    }
}

/// A method for the metrics: clients can make up new ones, and each would be kept for ever.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// The client's own request id if it is well-formed, so that logs of both sides can be joined.
fn request_id(request: &ServiceRequest) -> String {
    let decent = |id: &&str| {
        (8..=64).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let given = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok());
    given
        .filter(decent)
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

fn refusal<B>(answered: &ServiceResponse<B>) -> Option<Refusal> {
    let status = answered.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    match answered
        .response()
        .error()
        .map(|why| (why, why.as_error::<Problem>()))
    {
        Some((_, Some(Problem(error)))) => Some(ours(error, status)),
        Some((why, None)) if bodies::is_late(why) => Some(of_status(StatusCode::REQUEST_TIMEOUT)),
        // Errors of the framework: a body that cannot be read, a path that does not exist.
        Some((why, None)) => {
            tracing::debug!(error = %why, "refused");
            Some(of_status(status))
        }
        None if answered.response().extensions().contains::<Spoken>() => None,
        None => Some(of_status(status)),
    }
}

/// Marks an error answer that has its body already.
pub(crate) struct Spoken;

fn ours(error: &Error, status: StatusCode) -> Refusal {
    match error {
        Error::Internal { .. } => telemetry::report(error, &[]),
        Error::Unavailable { .. } | Error::Provider { .. } => {
            tracing::warn!(error = %telemetry::chain(error), "not answered");
        }
        _ => tracing::debug!(error = %error, "refused"),
    }
    Refusal {
        status,
        code: error.code(),
        details: error.details(),
        retry_after: error.retry_after().map(|after| after.as_secs().max(1)),
    }
}

fn of_status(status: StatusCode) -> Refusal {
    let code = match status {
        StatusCode::NOT_FOUND => kernel::codes::NOT_FOUND,
        StatusCode::METHOD_NOT_ALLOWED => kernel::codes::METHOD_NOT_ALLOWED,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => kernel::codes::UNSUPPORTED_MEDIA_TYPE,
        StatusCode::UNAUTHORIZED => kernel::codes::UNAUTHORIZED,
        StatusCode::PAYLOAD_TOO_LARGE => kernel::codes::PAYLOAD_TOO_LARGE,
        StatusCode::REQUEST_TIMEOUT => kernel::codes::REQUEST_TIMEOUT,
        status if status.is_client_error() => kernel::codes::INVALID_FIELD,
        _ => kernel::codes::INTERNAL_SERVER_ERROR,
    };
    Refusal {
        status,
        code,
        details: json!({}),
        retry_after: None,
    }
}

fn body(refusal: Refusal, language: Language, request_id: &str) -> HttpResponse {
    let mut response = HttpResponse::build(refusal.status);
    if let Some(seconds) = refusal.retry_after {
        response.insert_header((RETRY_AFTER, seconds));
    }
    let mut response = response.json(json!({
        "code": refusal.code.as_str(),
        "message": refusal.code.message(language),
        "details": refusal.details,
        "request_id": request_id,
    }));
    response.extensions_mut().insert(Refused(refusal.code));
    response
}
