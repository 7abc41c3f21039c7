//! `Idempotency-Key`: the same POST a second time gets the answer of the first, byte for byte.
//!
//! Only successes are kept, in the transaction of their work. A refusal releases the key, so that the
//! client can correct the request and send it again. Work whose end is not known keeps its key: the same request
//! goes on with what was begun ([`queries::bind`]).

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Data;
use kernel::Error;
use kernel::telemetry::in_current_unit;
use people::idempotency::queries;
use people::idempotency::queries::{Begun, Fingerprint, Lease};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use crate::state::ApiState;

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The longest key, in bytes.
const KEY_MAX: usize = 255;

/// A request that takes longer than this to do the work is taken for dead. All of it comes after the body
/// has arrived.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether a POST is new, or has its answer already.
pub(crate) enum Turn {
    /// Do the work. With a lease: [`queries::finish`] it in the transaction of the work, or
    /// [`release`] it if the work fails.
    Work(Option<Lease>),
    /// The stored answer.
    Answered(HttpResponse),
}

/// The key that a request carries. The draft has it quoted; most clients do not quote.
///
/// # Errors
/// E105 for one that cannot be a key: UUIDs, ULIDs, numbers and base64 can.
pub(crate) fn key_of(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(raw) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key = raw.to_str().map(str::trim).unwrap_or_default();
    let key = key
        .strip_prefix('"')
        .and_then(|key| key.strip_suffix('"'))
        .unwrap_or(key);
    let known = |b: u8| b.is_ascii_alphanumeric() || b"_.:/+=-".contains(&b);
    if key.is_empty() || key.len() > KEY_MAX || !key.bytes().all(known) {
        let why = format!("must have 1 to {KEY_MAX} letters, digits and _.:/+=-");
        return Err(Error::invalid("Idempotency-Key", why));
    }
    Ok(Some(key.to_owned()))
}

/// The fingerprint of an operation and the parts of its body.
pub(crate) fn fingerprint(operation: &str, parts: &[&[u8]]) -> Fingerprint {
    let mut hasher = Sha256::new();
    for part in [operation.as_bytes()].iter().chain(parts) {
        // With its length before it, no part can pass for the end of another.
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// Begins the work under a key, unless it was answered already.
///
/// # Errors
/// E605 (409) while the same request runs; E604 (422) for a key of another request.
pub(crate) async fn begin(
    state: &ApiState,
    caller: &str,
    key: Option<&str>,
    fingerprint: &Fingerprint,
) -> Result<Turn, Error> {
    match find(state, caller, key, fingerprint).await? {
        None => Ok(Turn::Work(None)),
        Some(Begun::Fresh(lease)) => Ok(Turn::Work(Some(lease))),
        Some(Begun::Answered { status, body }) => Ok(Turn::Answered(again(status, body))),
    }
}

/// The same, for handlers whose answer is more than its body. `None`: no key.
///
/// # Errors
/// As of [`begin`].
pub(crate) async fn find(
    state: &ApiState,
    caller: &str,
    key: Option<&str>,
    fingerprint: &Fingerprint,
) -> Result<Option<Begun>, Error> {
    let Some(key) = key else { return Ok(None) };
    let mut conn = state.db().await?;
    let begun = queries::begin(&mut conn, caller, key, fingerprint, PATIENCE).await?;
    Ok(Some(begun))
}

/// The body of an answer, and whether the work was done before.
pub(crate) type Done = (Vec<u8>, bool);

/// Does the work under a key, unless it was answered already. In a task of its own: a client that disconnects must
/// not interrupt it. The work [`queries::finish`]es its lease in its transaction.
///
/// # Errors
/// Those of the work, and as of [`begin`].
pub(crate) async fn once<W>(
    state: &Data<ApiState>,
    caller: &str,
    key: Option<&str>,
    fingerprint: &Fingerprint,
    work: W,
) -> Result<Done, Error>
where
    W: AsyncFnOnce(&ApiState, Option<&Lease>) -> Result<Done, Error> + 'static,
{
    let lease = match find(state, caller, key, fingerprint).await? {
        Some(Begun::Answered { body, .. }) => return Ok((body, true)),
        Some(Begun::Fresh(lease)) => Some(lease),
        None => None,
    };
    let state = state.clone();
    let working = async move {
        let done = work(&state, lease.as_ref()).await;
        if done.is_err() {
            release(&state, lease.as_ref()).await;
        }
        done
    };
    let done = actix_web::rt::spawn(in_current_unit(working).in_current_span()).await;
    done.map_err(Error::internal)?
}

/// Marks an answer that was given before.
pub(crate) fn replayed() -> (HeaderName, HeaderValue) {
    (REPLAYED, HeaderValue::from_static("true"))
}

/// An answer that was given before.
fn again(status: u16, body: Vec<u8>) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    HttpResponse::build(status)
        .content_type("application/json")
        .insert_header(replayed())
        .body(body)
}

/// Gives a key back after a failure. If that fails the key is free again after [`PATIENCE`].
pub(crate) async fn release(state: &ApiState, lease: Option<&Lease>) {
    let Some(lease) = lease else { return };
    let released =
        async { Ok::<_, Error>(queries::release(&mut *state.db().await?, lease).await?) };
    if let Err(why) = released.await {
        tracing::warn!(error = %why, "an idempotency key stays taken for a moment");
    }
}
