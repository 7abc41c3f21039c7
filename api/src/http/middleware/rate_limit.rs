//! Finds the caller of a request and counts it. Around each path of `/v1`, and around the unknown ones.
//!
//! A request is counted once: for the person it comes from, else for the service's key, else for the
//! address it comes from. So is every wrong credential, whatever it is for: a client that
//! guesses them is counted by address. A right one is never refused for the wrong ones of others: `initData`
//! and secrets are compared without I/O, also for a blocked address. Only what costs more is not done for
//! one: a key that this process has not seen is not looked up, and a body whose signature would have to be
//! checked is not read.
//!
//! Not counted: the health checks, and the webhooks while their secret is right (`endpoint::Access`).

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Error;
use people::rate_limits::limiter::{Binding, Counted};
use people::rate_limits::rules::{Bucket, Decision, Limit};
use people::sessions::{Client, Way};

use super::rate_limit_headers;
use crate::http::extract::{Caller, Found, Proof, origin};
use crate::http::problem::Problem;
use crate::http::security::Event;
use crate::state::ApiState;

/// Counts every request, also one that no handler takes.
pub(crate) async fn each<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let state = state(&request)?;
    let applied = count(&state, request.request()).await;
    if is_refused(&applied) {
        let answered = request.error_response(refusal(&applied));
        return Ok(with_headers(&state, answered, applied).map_into_right_body());
    }
    if let Err(why) = spend(&state, request.request()).await {
        let answered = request.error_response(Problem(why));
        return Ok(with_headers(&state, answered, applied).map_into_right_body());
    }
    let answered = next.call(request).await?;
    Ok(with_headers(&state, answered, applied).map_into_left_body())
}

/// Counts a request that was admitted against the quota of its key.
async fn spend(state: &ApiState, request: &HttpRequest) -> Result<(), Error> {
    let service = match request.extensions().get() {
        Some(Found(Ok(Caller::Service(service)))) => service.clone(),
        _ => return Ok(()),
    };
    let now = state.core.clock.now();
    state.keys.spend(&service, now).await
}

/// For calls whose proof is a signature over the body: nothing of a blocked address is read.
pub(crate) async fn signed<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<EitherBody<B>>>, actix_web::Error> {
    let state = state(&request)?;
    if let Err(why) = admitted(&state, request.request()).await {
        return Ok(request.error_response(Problem(why)).map_into_right_body());
    }
    Ok(refused(request, next).await?.map_into_left_body())
}

/// Counts only a request that is refused.
pub(crate) async fn refused<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let state = state(&request)?;
    let answered = next.call(request).await?;
    Ok(count_refused(&state, answered).await)
}

fn state(request: &ServiceRequest) -> Result<web::Data<ApiState>, Problem> {
    let state = request.app_data::<web::Data<ApiState>>().cloned();
    state.ok_or_else(|| Problem(Error::internal("the app has no state")))
}

/// The limit that was counted against, and the decision.
type Applied = Option<(Limit, Decision)>;

/// Counts a request, and leaves the caller and the proof in it.
async fn count(state: &ApiState, request: &HttpRequest) -> Applied {
    let now = state.core.clock.now();
    let found = Caller::find(request, state, now, || admitted(state, request)).await;
    let (mut found, proof) = match found {
        Ok((caller, proof)) => (Ok(caller), proof),
        Err(why) => (Err(why), None),
    };
    let bucket = match &found {
        Ok(Caller::Person(whom)) => Bucket::Person(whom.key()),
        Ok(Caller::Service(service)) => {
            let most = state.limiter.limits().key.points;
            Bucket::Key(service.id, service.rate(most))
        }
        Err(Error::Unavailable { .. }) => {
            // Whether the credential is wrong is unknown: an internal error, not the client's.
            request.extensions_mut().insert(Found(found));
            return None;
        }
        Err(why) => {
            if let Some(event) = Event::of_refusal(request.headers(), why) {
                state.security_log.note(request, event);
            }
            address_bucket(request)
        }
    };
    let mut applied = (
        bucket,
        count_bound(state, request, bucket, proof, now).await,
    );
    if applied.1 == Counted::Stolen {
        state.security_log.note(request, replayed(proof));
        found = Err(Error::Unauthenticated(kernel::codes::INVALID_TOKEN));
        let bucket = address_bucket(request);
        applied = (bucket, state.limiter.count(bucket, None).await);
    } else if let Some(proof) = proof {
        if matches!(proof, Proof::Token(token) if now >= token.expires_at) {
            found = Err(Error::Unauthenticated(kernel::codes::TOKEN_EXPIRED));
        }
        request.extensions_mut().insert(proof);
    }
    request.extensions_mut().insert(Found(found));
    applied_limit(state, applied)
}

/// That a good proof came from another client.
fn replayed(proof: Option<Proof>) -> Event {
    if let Some(Proof::Token(_)) = proof {
        return Event::ReplayedAccessToken;
    }
    people::metrics::init_data_replayed();
    Event::ReplayedInitData
}

/// Counts a request whose proof must stay with one client.
async fn count_bound(
    state: &ApiState,
    request: &HttpRequest,
    bucket: Bucket,
    proof: Option<Proof>,
    now: DateTime<Utc>,
) -> Counted {
    let client = origin::client(request);
    match proof {
        Some(Proof::Token(token)) if is_of_another(token.session.way, client) => Counted::Stolen,
        Some(Proof::InitData { id, expires_at, .. }) => {
            let binding = binding(id, client, expires_at - now);
            state.limiter.count(bucket, Some(&binding)).await
        }
        _ => state.limiter.count(bucket, None).await,
    }
}

/// Whether a token of the Mini App comes from another client than the one that got it.
fn is_of_another(way: Way, sender: Client) -> bool {
    matches!(way, Way::MiniApp { client, .. } if client != sender)
}

fn applied_limit(state: &ApiState, (bucket, counted): (Bucket, Counted)) -> Applied {
    let limit = state.limiter.limits().of(&bucket);
    let Counted::Limited(decision) = counted else {
        return None;
    };
    if !decision.admitted {
        people::metrics::rate_limited(limit.name);
    }
    Some((limit, decision))
}

/// The bucket of this address; requests without an address share one.
fn address_bucket(request: &HttpRequest) -> Bucket {
    let nowhere = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    Bucket::address(origin::address(request).unwrap_or(nowhere))
}

/// `initData` is good for an hour and goes over the wire with every request. It stays with the
/// browser that sent it first: a person who finds one in a log or a screenshot sends it with another
/// `User-Agent`, while a phone that changes its network does not change that. An access token names the
/// browser that exchanged the `initData`, and stays with it for the same reason.
fn binding(proof: [u8; 16], client: Client, left: TimeDelta) -> Binding {
    Binding {
        proof,
        client,
        lasts: left.to_std().unwrap_or_default() + Duration::from_secs(1),
    }
}

/// Whether anything is done for the address of this request.
///
/// # Errors
/// E304 while it is blocked.
async fn admitted(state: &ApiState, request: &HttpRequest) -> Result<(), Error> {
    match state.limiter.blocked(address_bucket(request)).await {
        Some(retry_after) => Err(Error::RateLimited { retry_after }),
        None => Ok(()),
    }
}

/// Counts a wrong credential against the address it came from.
///
/// # Errors
/// E304 when there were too many.
pub(crate) async fn count_wrong(state: &ApiState, request: &HttpRequest) -> Result<(), Error> {
    let bucket = address_bucket(request);
    let applied = applied_limit(state, (bucket, state.limiter.count(bucket, None).await));
    if is_refused(&applied) {
        return Err(refusal(&applied).0);
    }
    Ok(())
}

async fn count_refused<B: MessageBody>(
    state: &ApiState,
    answered: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    let status = answered.status();
    if [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status) {
        state
            .security_log
            .note(answered.request(), Event::ForgedWebhook);
    }
    if status.is_client_error()
        && let Err(why) = count_wrong(state, answered.request()).await
    {
        let (request, _) = answered.into_parts();
        return ServiceResponse::from_err(Problem(why), request).map_into_right_body();
    }
    answered.map_into_left_body()
}

fn is_refused(applied: &Applied) -> bool {
    applied.is_some_and(|(_, decision)| !decision.admitted)
}

fn refusal(applied: &Applied) -> Problem {
    let seconds = applied.map_or(1, |(_, decision)| decision.reset_seconds());
    Problem(Error::RateLimited {
        retry_after: Duration::from_secs(seconds),
    })
}

fn with_headers<B>(
    state: &ApiState,
    mut answered: ServiceResponse<B>,
    applied: Applied,
) -> ServiceResponse<B> {
    if let Some((limit, decision)) = applied {
        let now = state.core.clock.now();
        let headers = answered.headers_mut();
        rate_limit_headers::write(headers, &state.policies, &limit, &decision, now);
    }
    answered
}
