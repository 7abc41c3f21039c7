//! Calls that cost money: the journal gets the intent before and the outcome after (`ai::journal`).
//!
//! A call whose end no process saw (its worker died, the connection broke, or the provider did not
//! answer in time) is counted as unknown and made again, because its subject is worth nothing without
//! the answer; after [`journal::UNKNOWN_MAX`] of them the job is dead, for an operator to decide. Once
//! an answer is stored, no crash makes another call begin.

use ai::journal;
use ai::journal::{End, Opening, Stored};
use ai::model::{Cost, Purpose};
use diesel_async::AsyncConnection;
use jobs::ledger;
use kernel::Error;
use kernel::telemetry::in_current_unit;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::Instrument;
use uuid::Uuid;
use vendors::{ProviderError, ProviderErrorKind as Kind};

use crate::state::WorkerState;
use runtime::handler::{Attempt, JobError};
use runtime::store::may_pass;

/// An answer that is paid for.
pub(crate) struct Paid<T> {
    pub answer: T,
    pub call: Uuid,
    /// The provider that gave it.
    pub provider: String,
    /// Whether it came just now and was not stored before.
    pub is_new: bool,
    /// How many unusable answers of the same key came before it.
    pub useless_before: usize,
}

/// The cost of a call, if it is known.
pub(crate) struct CallCost(pub Option<Cost>);

/// Why there is no answer.
pub(crate) enum NoAnswer {
    /// The call failed; the journal has it.
    Failed(ProviderError),
    // For the others no call was made.
    TooManyUnknown(usize),
    TooManyUseless(usize),
    OverBudget {
        of_user: bool,
    },
    BudgetHeld,
}

/// The stored answer for this purpose, or that of `ask`, which is stored before it is returned. Its cost
/// is reserved before the call and settled after it.
///
/// The call and its storing run in a task of their own, which outlives the attempt: a lost lease or a
/// deadline does not discard an answer that is paid for.
pub(crate) async fn pay_once<T>(
    state: &WorkerState,
    attempt: &Attempt,
    purpose: Purpose<'_>,
    ask: impl Future<Output = Result<(T, CallCost), ProviderError>> + Send + 'static,
) -> Result<Result<Paid<T>, NoAnswer>, JobError>
where
    T: Serialize + DeserializeOwned + Send + 'static,
{
    let budgets = state.core.config.ai_use.budgets;
    let opening = state
        .db()
        .await?
        .transaction(async |conn| {
            ledger::hold(conn, &attempt.claim).await?;
            Ok::<_, JobError>(journal::open(conn, &attempt.claim, purpose, budgets).await?)
        })
        .await?;
    let (call, useless) = match opening {
        Opening::Answered(stored) => return Ok(Ok(from_journal(stored)?)),
        Opening::TooManyUnknown(count) => return Ok(Err(NoAnswer::TooManyUnknown(count))),
        Opening::TooManyUseless(count) => return Ok(Err(NoAnswer::TooManyUseless(count))),
        Opening::OverBudget { of_user } => return Ok(Err(NoAnswer::OverBudget { of_user })),
        Opening::BudgetHeld => return Ok(Err(NoAnswer::BudgetHeld)),
        Opening::Ownerless => return Err(Error::NotFound("subject of a call").into()),
        Opening::Ask {
            call,
            abandoned,
            useless,
        } => {
            report_unknown(purpose.provider, purpose.key, abandoned);
            (call, useless)
        }
    };
    let (state, provider) = (state.clone(), purpose.provider.to_owned());
    let asking = async move { ask_and_store(&state, call, provider, useless, ask).await };
    tokio::spawn(in_current_unit(asking).in_current_span())
        .await
        .map_err(Error::internal)?
}

async fn ask_and_store<T: Serialize>(
    state: &WorkerState,
    call: Uuid,
    provider: String,
    useless_before: usize,
    ask: impl Future<Output = Result<(T, CallCost), ProviderError>>,
) -> Result<Result<Paid<T>, NoAnswer>, JobError> {
    match ask.await {
        Ok((answer, CallCost(cost))) => {
            let stored = serde_json::to_value(&answer).map_err(Error::internal)?;
            if let Err(why) = close(state, call, End::Answered(&stored, cost)).await {
                // Settled all the same, at its reservation: else the call would be repeated for ever.
                tracing::error!(error = %why, "an answer cannot be stored");
                close(state, call, End::Useless("the answer cannot be stored")).await?;
                return Err(why);
            }
            ai::metrics::paid_call(&provider, "answered", 1);
            Ok(Ok(Paid {
                answer,
                call,
                provider,
                is_new: true,
                useless_before,
            }))
        }
        Err(why) => {
            let text = why.to_string();
            let (end, outcome) = match why.kind {
                Kind::Timeout => (End::Unknown(&text, "timeout"), "unknown"),
                Kind::Interrupted => (End::Unknown(&text, "unknown"), "unknown"),
                Kind::Protocol => (End::Useless(&text), "useless"),
                Kind::RateLimited(_) => (End::Refused(&text, "rate_limited"), "refused"),
                Kind::Transient | Kind::NotReady => (End::Refused(&text, "server"), "refused"),
                _ => (End::Refused(&text, "refused"), "refused"),
            };
            close(state, call, end).await?;
            ai::metrics::paid_call(&provider, outcome, 1);
            Ok(Err(NoAnswer::Failed(why)))
        }
    }
}

/// The stored answer for a key, if any.
pub(crate) async fn recall<T: DeserializeOwned>(
    state: &WorkerState,
    attempt: &Attempt,
    key: &str,
) -> Result<Option<Paid<T>>, JobError> {
    let known = state
        .db()
        .await?
        .transaction(async |conn| {
            ledger::hold(conn, &attempt.claim).await?;
            Ok::<_, JobError>(journal::key_calls(conn, key).await?)
        })
        .await?;
    report_unknown("ai", key, known.abandoned);
    known.answered.map(from_journal).transpose()
}

fn from_journal<T: DeserializeOwned>(stored: Stored) -> Result<Paid<T>, JobError> {
    ai::metrics::paid_call(&stored.provider, "remembered", 1);
    Ok(Paid {
        answer: serde_json::from_value(stored.answer).map_err(Error::internal)?,
        call: stored.call,
        provider: stored.provider,
        is_new: false,
        useless_before: 0,
    })
}

fn report_unknown(provider: &str, key: &str, calls: usize) {
    if calls > 0 {
        tracing::warn!(key, "a call ended with its worker");
        ai::metrics::paid_call(provider, "unknown", calls);
    }
}

/// Records that an answer is unusable, so that the next call is made.
pub(crate) async fn was_useless(
    state: &WorkerState,
    call: Uuid,
    why: &str,
) -> Result<(), JobError> {
    close(state, call, End::Useless(why)).await
}

/// Records the end of a call, and retries while Postgres is down: the record is about money.
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
