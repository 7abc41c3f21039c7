//! Finds the caller of a request and counts it. Around each path of `/v1`, and around the unknown ones.
//!
//! A request is counted once, in one call: for the account it comes from, else for the key of operators, else for the
//! address it comes from; and besides for the class of its route (`counted_for.rs`). So is every wrong credential,
//! whatever it is for: a client that guesses them is counted by address. A right one is never refused for the wrong ones of others: `initData`
//! and secrets are compared without I/O, also for a blocked address. Only what costs more is not done for
//! one: a key that this process has not seen is not looked up, and a body whose signature would have to be
//! checked is not read.
//!
//! Not counted: the health checks, and the webhooks while their secret is right (`endpoint::Access`).

use std::time::Duration;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Error;
use people::api_keys::model::Owner;
use people::rate_limits::buckets::Against;
use people::rate_limits::limit::{Decision, Limit, tightest};
use people::rate_limits::limiter::{Binding, Counted};
use people::rate_limits::policies::Class;
use people::sessions::{Client, Way};
use usage::codes::REQUESTS_USED;

use super::{counted_for, rate_limit_headers};
use crate::http::classes::Classes;
use crate::http::extract::{Caller, Found, Proof, origin};
use crate::http::problem::Problem;
use crate::http::security::Event;
use crate::state::ApiState;

/// Counts every request, also one that no handler takes.
pub(crate) async fn each<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    each_of(Classes::default(), request, next).await
}

/// The same for a path whose methods have these classes.
pub(crate) async fn each_of<B: MessageBody>(
    classes: Classes,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let state = state(&request)?;
    let class = classes.find(request.method());
    let applied = count(&state, request.request(), class).await;
    let admitted = match refusal(&applied) {
        Some(why) => Err(why),
        None => spend(&state, request.request()).await,
    };
    if let Err(why) = admitted {
        let free_at = quota_free_at(&state, &why);
        let mut answered = request.error_response(Problem(why));
        if let Some(free_at) = free_at {
            rate_limit_headers::write_quota(answered.headers_mut(), free_at);
        }
        return Ok(with_headers(&state, answered, &applied).map_into_right_body());
    }
    let answered = next.call(request).await?;
    Ok(with_headers(&state, answered, &applied).map_into_left_body())
}

/// Counts a request that was admitted against the quota of its key, and that of the account whose key it is.
async fn spend(state: &ApiState, request: &HttpRequest) -> Result<(), Error> {
    let service = match request.extensions().get() {
        Some(Found(Ok(Caller::Service(service)))) => service.clone(),
        _ => return Ok(()),
    };
    let now = state.core.clock.now();
    state.keys.spend(&service, now).await?;
    match service.owner {
        Owner::Operator => Ok(()),
        Owner::Person { id, .. } | Owner::Organization(id) => {
            state.usage.spend(&state.core, id, now).await
        }
    }
}

/// When an account has requests again whose quota this refusal is about.
fn quota_free_at(state: &ApiState, why: &Error) -> Option<DateTime<Utc>> {
    let left = why.retry_after().filter(|_| why.code() == REQUESTS_USED)?;
    Some(state.core.clock.now() + TimeDelta::from_std(left).unwrap_or_default())
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

/// The limits that were counted against, and the decisions.
type Applied = Vec<(Limit, Decision)>;

/// Counts a request, and leaves the caller and the proof in it.
async fn count(state: &ApiState, request: &HttpRequest, class: Class) -> Applied {
    let now = state.core.clock.now();
    let found = Caller::find(request, state, now, || admitted(state, request)).await;
    let (mut found, proof) = match found {
        Ok((caller, proof)) => (Ok(caller), proof),
        Err(why) => (Err(why), None),
    };
    let against = match &found {
        Ok(caller) => counted_for::caller(state, request, (caller, proof), class).await,
        Err(Error::Unavailable { .. }) => {
            // Whether the credential is wrong is unknown: an internal error, not the client's.
            request.extensions_mut().insert(Found(found));
            return Vec::new();
        }
        Err(why) => {
            if let Some(event) = Event::of_refusal(request.headers(), why) {
                state.security_log.note(request, event);
            }
            counted_for::stranger(state, request, class)
        }
    };
    let mut counted = count_bound(state, request, &against, proof, now).await;
    if matches!(counted, Counted::Stolen) {
        state.security_log.note(request, replayed(proof));
        found = Err(Error::Unauthenticated(kernel::codes::INVALID_TOKEN));
        let against = counted_for::stranger(state, request, class);
        counted = state.limiter.count(&against, None).await;
    } else if let Some(proof) = proof {
        if matches!(proof, Proof::Token(token) if now >= token.expires_at) {
            found = Err(Error::Unauthenticated(kernel::codes::TOKEN_EXPIRED));
        }
        request.extensions_mut().insert(proof);
    }
    request.extensions_mut().insert(Found(found));
    applied(counted)
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
    against: &[Against],
    proof: Option<Proof>,
    now: DateTime<Utc>,
) -> Counted {
    let client = origin::client(request);
    match proof {
        Some(Proof::Token(token)) if is_of_another(token.session.way, client) => Counted::Stolen,
        Some(Proof::InitData { id, expires_at, .. }) => {
            let binding = binding(id, client, expires_at - now);
            state.limiter.count(against, Some(&binding)).await
        }
        _ => state.limiter.count(against, None).await,
    }
}

/// Whether a token of the Mini App comes from another client than the one that got it.
fn is_of_another(way: Way, sender: Client) -> bool {
    matches!(way, Way::MiniApp { client, .. } if client != sender)
}

fn applied(counted: Counted) -> Applied {
    let Counted::By(applied) = counted else {
        return Vec::new();
    };
    for (limit, _) in applied.iter().filter(|(_, decision)| !decision.admitted) {
        people::metrics::rate_limited(limit.name);
    }
    applied
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
    match state
        .limiter
        .blocked(counted_for::address_bucket(request))
        .await
    {
        Some(retry_after) => Err(Error::RateLimited { retry_after }),
        None => Ok(()),
    }
}

/// Counts a wrong credential against the address it came from.
///
/// # Errors
/// E304 when there were too many.
pub(crate) async fn count_wrong(state: &ApiState, request: &HttpRequest) -> Result<(), Error> {
    let counted = state
        .limiter
        .count_one(counted_for::address_bucket(request));
    refusal(&applied(counted.await)).map_or(Ok(()), Err)
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

fn refusal(applied: &Applied) -> Option<Error> {
    let (_, decision) = tightest(applied)?;
    (!decision.admitted).then(|| Error::RateLimited {
        retry_after: Duration::from_secs(decision.reset_seconds()),
    })
}

fn with_headers<B>(
    state: &ApiState,
    mut answered: ServiceResponse<B>,
    applied: &Applied,
) -> ServiceResponse<B> {
    let now = state.core.clock.now();
    rate_limit_headers::write(answered.headers_mut(), &state.policies, applied, now);
    answered
}
