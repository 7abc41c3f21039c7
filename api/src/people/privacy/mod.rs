//! Export and deletion of a person's data.

pub(crate) mod deletion;
pub(crate) mod exports;

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::HeaderMap;
use chrono::TimeDelta;
use diesel_async::AsyncConnection;
use jobs::ledger;
use kernel::Error;
use people::codes;
use people::idempotency;
use people::idempotency::queries::Lease;
use people::organizations::rules::needs_owner;
use people::privacy::ask::ask;
use people::privacy::model::{Request, RequestKind};
use people::privacy::queries::Asked;
use serde::Serialize;

use crate::http::extract::Me;
use crate::http::idempotency::{self as keys, Turn};
use crate::state::ApiState;

/// A request as an operation: its name, and its answer.
struct Operation<V> {
    /// For the fingerprint of its Idempotency-Key.
    name: &'static str,
    kind: RequestKind,
    view: fn(&Request) -> V,
}

/// Stores a request with its job, unless the same one is live already, or its copy is younger than a day; then
/// that one is returned.
async fn start<V: Serialize>(
    state: &ApiState,
    me: &Me,
    headers: &HeaderMap,
    operation: Operation<V>,
) -> Result<HttpResponse, Error> {
    let (key, namespace) = (keys::key_of(headers)?, me.caller.namespace());
    let print = keys::fingerprint(operation.name, &[&me.key().bytes()]);
    let lease = match keys::begin(state, &namespace, key.as_deref(), &print).await? {
        Turn::Answered(answer) => return Ok(answer),
        Turn::Work(lease) => lease,
    };
    match write(state, me, lease.as_ref(), &operation).await {
        Ok((body, ticket)) => {
            if let Some(ticket) = ticket {
                state.core.pusher.wake(&[ticket]).await;
            }
            Ok(HttpResponse::Accepted()
                .content_type("application/json")
                .body(body))
        }
        Err(why) => {
            keys::release(state, lease.as_ref()).await;
            Err(why)
        }
    }
}

/// The refusal of what can be had once a day.
fn not_yet(left: TimeDelta) -> Error {
    Error::NotYet {
        code: codes::ONCE_A_DAY,
        retry_after: left.to_std().unwrap_or_default() + Duration::from_secs(1),
    }
}

async fn write<V: Serialize>(
    state: &ApiState,
    me: &Me,
    lease: Option<&Lease>,
    operation: &Operation<V>,
) -> Result<(Vec<u8>, Option<ledger::Ticket>), Error> {
    let mut conn = state.db().await?;
    conn.transaction(async |conn| {
        let keys = state.core.memory.keys_of(conn, me.id).await?;
        let (asked, ticket) = ask(conn, me.id, operation.kind, &keys, &me.origin).await?;
        let request = match asked {
            Asked::New(request) | Asked::Known(request) => request,
            Asked::NotBefore(until) => return Err(not_yet(until - state.core.clock.now())),
            Asked::OwnsAlone => return Err(needs_owner()),
            Asked::NoSuchPerson => return Err(Error::NotFound("user")),
        };
        let body = serde_json::to_vec(&(operation.view)(&request)).map_err(Error::internal)?;
        if let Some(lease) = lease {
            idempotency::queries::finish(conn, lease, 202, &body).await?;
        }
        Ok((body, ticket))
    })
    .await
}
