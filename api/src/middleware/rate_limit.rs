//! Who is asking, and whether they ask too often. Around all of `/v1`.
//!
//! A request is counted once: for the person whose it is, else for the service's key, else for the
//! address it comes from. So is every wrong credential, whatever it is for: somebody who guesses
//! them is counted by address. A right one is never refused for the wrong ones of others.
//!
//! Not counted: the signs of life, and the webhooks while their secret is right.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use shared::features::rate_limits::limiter::{Binding, Counted};
use shared::features::rate_limits::rules::{Bucket, Limit, RateLimits, Verdict, WINDOW};
use shared::telemetry::metrics;
use shared::{Error, ErrorCode, Language};
use std::time::Duration;

use crate::error::Problem;
use crate::extract::{Caller, Found, Proof, origin};
use crate::state::ApiState;

/// How a path of `/v1` is counted.
enum Way {
    Each,
    /// Only who is refused for having no right to be here.
    Refused,
    Never,
}

fn way(path: &str) -> Way {
    match path.strip_prefix("/v1/") {
        Some("health" | "ready") => Way::Never,
        Some(path) if path.starts_with("webhooks/") => Way::Refused,
        _ => Way::Each,
    }
}

pub(crate) async fn wrap<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let state = request.app_data::<web::Data<ApiState>>().cloned();
    let state = state.ok_or_else(|| Problem(Error::internal("the app has no state")))?;
    match way(request.path()) {
        Way::Never => Ok(next.call(request).await?.map_into_left_body()),
        Way::Refused => {
            let answered = next.call(request).await?;
            Ok(count_refused(&state, answered).await)
        }
        Way::Each => {
            let said = count(&state, request.request()).await;
            if let Some((
                _,
                Verdict {
                    admitted: false, ..
                },
            )) = said
            {
                let answered = request.error_response(refusal(&said));
                return Ok(tell(&state, answered, said).map_into_right_body());
            }
            let answered = next.call(request).await?;
            Ok(tell(&state, answered, said).map_into_left_body())
        }
    }
}

/// The limit that was counted against, and what came of it.
type Said = Option<(Limit, Verdict)>;

/// Counts a request, and leaves in it who is asking.
async fn count(state: &ApiState, request: &HttpRequest) -> Said {
    let now = state.core.clock.now();
    let mut found = Caller::find(request, state, now).await;
    let (bucket, binding) = match &found {
        Ok((Caller::Person(profile), proof)) => {
            let language = Language::for_telegram(profile.language_code.as_deref());
            // Errors of this request are told in their language.
            request.extensions_mut().insert(language);
            let binding = proof.map(|proof| binding(request, &proof, now));
            (Bucket::Person(profile.telegram_id), binding)
        }
        Ok((Caller::Service(service), _)) => (Bucket::Key(service.id), None),
        Err(_) => (here(request), None),
    };
    let mut said = (bucket, state.limiter.count(bucket, binding.as_ref()).await);
    if said.1 == Counted::Stolen {
        metrics::init_data_replayed();
        found = Err(Error::Unauthenticated(ErrorCode::InvalidToken));
        let bucket = here(request);
        said = (bucket, state.limiter.count(bucket, None).await);
    }
    let found = found.map(|(caller, _)| caller);
    request.extensions_mut().insert(Found(found));
    judged(state, said)
}

fn judged(state: &ApiState, (bucket, counted): (Bucket, Counted)) -> Said {
    let limit = *state.limiter.limits().of(&bucket);
    let Counted::Told(verdict) = counted else {
        return None;
    };
    if !verdict.admitted {
        metrics::rate_limited(limit.name);
    }
    Some((limit, verdict))
}

/// The one at this address; those without one are one.
fn here(request: &HttpRequest) -> Bucket {
    let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    Bucket::address(origin::address(request).unwrap_or(nowhere))
}

/// `initData` is good for an hour and goes over the wire with every request. It stays with the
/// browser that brought it first: whoever finds one in a log or a screenshot sends it with another
/// `User-Agent`, while a phone that changes its network does not change that.
fn binding(request: &HttpRequest, proof: &Proof, now: DateTime<Utc>) -> Binding {
    let agent = request.headers().get(USER_AGENT);
    let digest = Sha256::digest(agent.map_or(&b""[..], HeaderValue::as_bytes));
    let mut client = [0; 16];
    client.copy_from_slice(&digest[..16]);
    let lasts = (proof.expires_at - now).to_std();
    Binding {
        proof: proof.id,
        client,
        lasts: lasts.unwrap_or_default() + Duration::from_secs(1),
    }
}

/// Counts a wrong credential against the address it came from.
///
/// # Errors
/// E304 when there were too many.
pub(crate) async fn count_wrong(state: &ApiState, request: &HttpRequest) -> Result<(), Error> {
    let bucket = here(request);
    let said = judged(state, (bucket, state.limiter.count(bucket, None).await));
    match said {
        Some((
            _,
            Verdict {
                admitted: false, ..
            },
        )) => Err(refusal(&said).0),
        _ => Ok(()),
    }
}

async fn count_refused<B: MessageBody>(
    state: &ApiState,
    answered: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    if answered.status() == StatusCode::UNAUTHORIZED
        && let Err(why) = count_wrong(state, answered.request()).await
    {
        let (request, _) = answered.into_parts();
        return ServiceResponse::from_err(Problem(why), request).map_into_right_body();
    }
    answered.map_into_left_body()
}

fn refusal(said: &Said) -> Problem {
    let seconds = said.map_or(1, |(_, verdict)| verdict.reset_seconds());
    Problem(Error::RateLimited {
        retry_after: Duration::from_secs(seconds),
    })
}

/// The headers of the design document, and those of draft-ietf-httpapi-ratelimit-headers-10.
fn tell<B>(state: &ApiState, mut answered: ServiceResponse<B>, said: Said) -> ServiceResponse<B> {
    let Some((limit, verdict)) = said else {
        return answered;
    };
    let ends = TimeDelta::from_std(verdict.reset).unwrap_or_default();
    let ends = state.core.clock.now() + ends;
    let (name, left) = (limit.name, verdict.remaining);
    let headers = answered.headers_mut();
    let fields = format!("\"{name}\";r={left};t={}", verdict.reset_seconds());
    let ends = ends.to_rfc3339_opts(SecondsFormat::Millis, true);
    put(headers, "x-ratelimit-limit", limit.points.into());
    put(headers, "x-ratelimit-remaining", left.into());
    put_text(headers, "x-ratelimit-reset", &ends);
    put_text(headers, "ratelimit", &fields);
    put(
        headers,
        "ratelimit-policy",
        state.policies.of(&limit).clone(),
    );
    answered
}

fn put(headers: &mut HeaderMap, name: &'static str, value: HeaderValue) {
    headers.insert(HeaderName::from_static(name), value);
}

fn put_text(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        put(headers, name, value);
    }
}

/// The values of `RateLimit-Policy`, written once.
#[derive(Clone)]
pub(crate) struct Policies([(&'static str, HeaderValue); 3]);

impl Policies {
    pub(crate) fn new(limits: &RateLimits) -> Self {
        Self([limits.address, limits.person, limits.key].map(|limit| {
            let text = format!(
                "\"{}\";q={};w={}",
                limit.name,
                limit.points,
                WINDOW.as_secs()
            );
            let value = HeaderValue::from_str(&text);
            (limit.name, value.unwrap_or(HeaderValue::from_static("")))
        }))
    }

    fn of(&self, limit: &Limit) -> &HeaderValue {
        let found = self.0.iter().find(|(name, _)| *name == limit.name);
        &found.unwrap_or(&self.0[0]).1
    }
}
