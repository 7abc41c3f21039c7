//! Calls that cost money: intent before, outcome after (`shared::jobs::journal`).
//!
//! The rule for a call of which nobody saw the end (its worker died, the connection broke, or the
//! provider did not answer in time): it is counted as unknown and asked again, because a reading
//! without its answer is worth nothing; after [`journal::UNKNOWN_MAX`] of them the job is dead, for
//! an operator to decide. No call is begun once an answer is stored, whatever dies.

use diesel_async::AsyncConnection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use shared::jobs::journal::{self, End, Opening, Purpose};
use shared::jobs::ledger;
use shared::providers::{ProviderError, ProviderErrorKind as Kind};
use shared::telemetry::metrics;
use shared::{Error, ErrorCode};
use tracing::Instrument;
use uuid::Uuid;

use super::handler::{Attempt, JobError};
use super::store::may_pass;
use crate::state::WorkerState;

/// An answer that is paid for.
pub(crate) struct Paid<T> {
    pub answer: T,
    call: Uuid,
}

/// The stored answer for this purpose, or that of `ask`, which is stored before it is returned.
///
/// Call and storing are a task of their own, which outlives the attempt: a lease that is lost in the
/// middle, or a deadline, throws no answer away that is paid for.
pub(crate) async fn pay_once<T>(
    state: &WorkerState,
    attempt: &Attempt,
    purpose: Purpose<'_>,
    ask: impl Future<Output = Result<T, ProviderError>> + Send + 'static,
) -> Result<Paid<T>, JobError>
where
    T: Serialize + DeserializeOwned + Send + 'static,
{
    let opening = state
        .db()
        .await?
        .transaction(async |conn| {
            ledger::hold(conn, &attempt.claim).await?;
            Ok::<_, JobError>(journal::open(conn, &attempt.claim, purpose).await?)
        })
        .await?;
    match opening {
        Opening::Answered { call, answer } => {
            metrics::paid_call(purpose.provider, "remembered", 1);
            let answer = serde_json::from_value(answer).map_err(Error::internal)?;
            Ok(Paid { answer, call })
        }
        Opening::TooManyUnknown(count) => Err(JobError::GiveUp {
            source: Error::Internal {
                code: ErrorCode::AiTimeout,
                source: format!("the end of {count} calls was not seen").into(),
            },
        }),
        Opening::Ask { call, abandoned } => {
            if abandoned > 0 {
                tracing::warn!(
                    key = purpose.key,
                    "a call ended with its worker; asking again"
                );
                metrics::paid_call(purpose.provider, "unknown", abandoned);
            }
            let (state, provider) = (state.clone(), purpose.provider.to_owned());
            let asking = async move { ask_and_store(&state, call, &provider, ask).await };
            tokio::spawn(asking.in_current_span())
                .await
                .map_err(Error::internal)?
        }
    }
}

async fn ask_and_store<T: Serialize>(
    state: &WorkerState,
    call: Uuid,
    provider: &str,
    ask: impl Future<Output = Result<T, ProviderError>>,
) -> Result<Paid<T>, JobError> {
    match ask.await {
        Ok(answer) => {
            let stored = serde_json::to_value(&answer).map_err(Error::internal)?;
            close(state, call, End::Answered(&stored)).await?;
            metrics::paid_call(provider, "answered", 1);
            Ok(Paid { answer, call })
        }
        Err(why) => {
            let text = why.to_string();
            let (end, outcome) = match why.kind {
                Kind::Timeout | Kind::Interrupted => (End::Unknown(&text), "unknown"),
                Kind::Protocol => (End::Useless(&text), "useless"),
                _ => (End::Refused(&text), "refused"),
            };
            close(state, call, end).await?;
            metrics::paid_call(provider, outcome, 1);
            Err(why.into())
        }
    }
}

/// The answer cannot be used: the next attempt asks again.
pub(crate) async fn was_useless<T>(
    state: &WorkerState,
    paid: &Paid<T>,
    why: &str,
) -> Result<(), JobError> {
    close(state, paid.call, End::Useless(why)).await
}

/// Writes the end of a call, and goes on trying while Postgres is away: it is about money.
async fn close(state: &WorkerState, call: Uuid, end: End<'_>) -> Result<(), JobError> {
    let mut failed = 0;
    loop {
        let written = async {
            let mut conn = state.db().await?;
            Ok::<_, JobError>(journal::close(&mut conn, call, end).await?)
        };
        match written.await {
            Err(why) if may_pass(&why, &mut failed).await => {}
            ended => return ended,
        }
    }
}
