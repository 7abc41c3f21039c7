//! Calls that cost money: intent before, outcome after (`ai::journal`).
//!
//! The rule for a call whose end no process saw (its worker died, the connection broke, or the provider
//! did not answer in time): it is counted as unknown and made again, because its subject is worth nothing
//! without the answer; after [`journal::UNKNOWN_MAX`] of them the job is dead, for an operator to decide.
//! No call is begun once an answer is stored, whatever dies.

use ai::journal;
use ai::journal::{End, Opening, Stored};
use ai::model::{Cost, Purpose};
use diesel_async::AsyncConnection;
use jobs::ledger;
use kernel::Error;
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
    /// It came just now: it was not remembered.
    pub is_new: bool,
    /// How many answers of the same key could not be used before it.
    pub useless_before: usize,
}

/// What a call cost; `None`: not known.
pub(crate) struct Spent(pub Option<Cost>);

/// Why there is no answer.
pub(crate) enum Stop {
    /// The call failed, which is recorded.
    Failed(ProviderError),
    // With the others no call was made.
    TooManyUnknown(usize),
    TooManyUseless(usize),
    OverBudget {
        of_user: bool,
    },
    BudgetHeld,
}

/// The stored answer for this purpose, or that of `ask`, which is stored before it is returned. Money for
/// it is reserved before the call and settled after it.
///
/// Call and storing are a task of their own, which outlives the attempt: a lease that is lost in the
/// middle, or a deadline, throws no answer away that is paid for.
pub(crate) async fn pay_once<T>(
    state: &WorkerState,
    attempt: &Attempt,
    purpose: Purpose<'_>,
    ask: impl Future<Output = Result<(T, Spent), ProviderError>> + Send + 'static,
) -> Result<Result<Paid<T>, Stop>, JobError>
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
        Opening::Answered(stored) => return Ok(Ok(remembered(stored)?)),
        Opening::TooManyUnknown(count) => return Ok(Err(Stop::TooManyUnknown(count))),
        Opening::TooManyUseless(count) => return Ok(Err(Stop::TooManyUseless(count))),
        Opening::OverBudget { of_user } => return Ok(Err(Stop::OverBudget { of_user })),
        Opening::BudgetHeld => return Ok(Err(Stop::BudgetHeld)),
        Opening::Ask {
            call,
            abandoned,
            useless,
        } => {
            ended_unseen(purpose.provider, purpose.key, abandoned);
            (call, useless)
        }
    };
    let (state, provider) = (state.clone(), purpose.provider.to_owned());
    let asking = async move { ask_and_store(&state, call, provider, useless, ask).await };
    tokio::spawn(asking.in_current_span())
        .await
        .map_err(Error::internal)?
}

async fn ask_and_store<T: Serialize>(
    state: &WorkerState,
    call: Uuid,
    provider: String,
    useless_before: usize,
    ask: impl Future<Output = Result<(T, Spent), ProviderError>>,
) -> Result<Result<Paid<T>, Stop>, JobError> {
    match ask.await {
        Ok((answer, Spent(cost))) => {
            let stored = serde_json::to_value(&answer).map_err(Error::internal)?;
            if let Err(why) = close(state, call, End::Answered(&stored, cost)).await {
                // Settled all the same, at what was reserved: else it would be asked for again and again.
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
                Kind::Timeout | Kind::Interrupted => (End::Unknown(&text), "unknown"),
                Kind::Protocol => (End::Useless(&text), "useless"),
                _ => (End::Refused(&text), "refused"),
            };
            close(state, call, end).await?;
            ai::metrics::paid_call(&provider, outcome, 1);
            Ok(Err(Stop::Failed(why)))
        }
    }
}

/// The answer that is stored for a key, if there is one: no call is needed for it.
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
            Ok::<_, JobError>(journal::look(conn, key).await?)
        })
        .await?;
    ended_unseen("ai", key, known.abandoned);
    known.answered.map(remembered).transpose()
}

fn remembered<T: DeserializeOwned>(stored: Stored) -> Result<Paid<T>, JobError> {
    ai::metrics::paid_call(&stored.provider, "remembered", 1);
    Ok(Paid {
        answer: serde_json::from_value(stored.answer).map_err(Error::internal)?,
        call: stored.call,
        provider: stored.provider,
        is_new: false,
        useless_before: 0,
    })
}

fn ended_unseen(provider: &str, key: &str, calls: usize) {
    if calls > 0 {
        tracing::warn!(key, "a call ended with its worker");
        ai::metrics::paid_call(provider, "unknown", calls);
    }
}

/// The answer cannot be used: the next attempt asks again.
pub(crate) async fn was_useless(
    state: &WorkerState,
    call: Uuid,
    why: &str,
) -> Result<(), JobError> {
    close(state, call, End::Useless(why)).await
}

/// Records the end of a call, and goes on trying while Postgres is away: it is about money.
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
