//! The journal of calls that cost money. The intent is recorded before a call and the outcome after
//! it, each flushed to disk, so that after a crash it is known what was paid for: a stored answer is
//! used and never asked for again; a call whose end no process saw is *unknown*, counted, and repeated
//! or not by the rule of its kind. Called by `worker/src/ai/paid.rs`; the operator's command and page
//! read it.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::model::{Budgets, Cost, CostSource, PaidCallState, Purpose};
use jobs::claims::Claim;
use schema::paid_calls;

/// What the caller has to do.
#[derive(Debug)]
pub enum Opening {
    /// It was answered before.
    Answered(Stored),
    /// Make the call; report its end under this id.
    Ask {
        call: Uuid,
        /// How many calls just turned out to have ended with their worker.
        abandoned: usize,
        /// How many answers to the same key could not be used so far.
        useless: usize,
    },
    /// So many calls ended unseen that an operator has to decide. Like the next two only for calls that
    /// cost something.
    TooManyUnknown(usize),
    /// So many answers could not be used that no further call is made.
    TooManyUseless(usize),
    /// The budget of the day is spent: that of the deployment, or of this person.
    OverBudget { of_user: bool },
    /// The rest of the budget is reserved for calls under way: some of it may be released.
    BudgetHeld,
}

/// How many calls of one key may end unseen before the job is given up. An operator who redrives the
/// job allows as many once more.
pub const UNKNOWN_MAX: usize = 8;

/// How many answers that cannot be used are paid for, of one key; then the job is given up, as above.
pub const USELESS_MAX: usize = 4;

/// Looks for an answer and, if there is none, records the intent to ask for one. In the caller's
/// transaction, in which it holds its lease.
///
/// # Errors
/// Those of the database.
pub async fn open(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    purpose: Purpose<'_>,
    budgets: Budgets,
) -> QueryResult<Opening> {
    let known = look(conn, purpose.key).await?;
    // Late: an answer may have come for one call while another worker was asking once more.
    if let Some(answered) = known.answered {
        return Ok(Opening::Answered(answered));
    }
    let (doubted, useless) = (known.doubted, known.useless);
    let rounds = usize::try_from(claim.redrives).unwrap_or(0) + 1;
    let costs = purpose.reserve_micro_usd > 0;
    if costs && doubted >= UNKNOWN_MAX * rounds {
        return Ok(Opening::TooManyUnknown(doubted));
    }
    if costs && useless >= USELESS_MAX * rounds {
        return Ok(Opening::TooManyUseless(useless));
    }
    if let Some(scope) = refused(conn, &purpose, budgets).await? {
        return Ok(match scope.as_str() {
            "held" => Opening::BudgetHeld,
            scope => Opening::OverBudget {
                of_user: scope != "all",
            },
        });
    }
    // Of a person who was deleted meanwhile nothing is recorded but the money.
    let owner = (purpose.find_owner)(conn, purpose.subject.id).await?;
    let call = Uuid::now_v7();
    diesel::insert_into(paid_calls::table)
        .values((
            paid_calls::id.eq(call),
            paid_calls::job_id.eq(claim.id),
            paid_calls::key.eq(purpose.key),
            paid_calls::provider.eq(purpose.provider),
            paid_calls::attempt.eq(claim.attempt),
            paid_calls::model.eq(purpose.model),
            paid_calls::step.eq(purpose.step),
            paid_calls::subject_kind.eq(purpose.subject.kind),
            paid_calls::subject_id.eq(owner.map(|_| purpose.subject.id)),
            paid_calls::user_id.eq(owner),
            paid_calls::reserved_micro_usd.eq(purpose.reserve_micro_usd),
        ))
        .execute(conn)
        .await?;
    Ok(Opening::Ask {
        call,
        abandoned: known.abandoned,
        // A redriven job begins anew.
        useless: useless.saturating_sub(USELESS_MAX * (rounds - 1)),
    })
}

/// What is known of the calls of one key.
#[derive(Debug, Default)]
pub struct Known {
    pub answered: Option<Stored>,
    /// Calls that just turned out to have ended with their worker.
    pub abandoned: usize,
    /// Calls that ended unseen, including those.
    doubted: usize,
    useless: usize,
}

/// An answer of an earlier call.
#[derive(Debug)]
pub struct Stored {
    pub call: Uuid,
    pub provider: String,
    pub answer: Value,
}

/// Looks at the calls of a key, and records that the open ones have ended unseen. In the caller's
/// transaction, in which it holds its lease.
///
/// # Errors
/// Those of the database.
pub async fn look(conn: &mut AsyncPgConnection, key: &str) -> QueryResult<Known> {
    // All of them are locked before any is looked at: an answer that a worker without a lease stores
    // at this moment is waited for, and seen.
    let calls: Vec<(Uuid, PaidCallState, Option<Value>, bool, String)> = paid_calls::table
        .filter(paid_calls::key.eq(key))
        .select((
            paid_calls::id,
            paid_calls::state,
            paid_calls::answer,
            paid_calls::doubted_at.is_not_null(),
            paid_calls::provider,
        ))
        .order(paid_calls::id)
        .for_update()
        .load(conn)
        .await?;
    let (mut known, mut abandoned) = (Known::default(), Vec::new());
    for (call, state, answer, was_doubted, provider) in calls {
        match (state, answer) {
            (PaidCallState::Answered, Some(answer)) => {
                known.answered = Some(Stored {
                    call,
                    provider,
                    answer,
                });
            }
            (PaidCallState::Intent, _) => abandoned.push(call),
            (PaidCallState::Useless, _) => known.useless += 1,
            _ => {}
        }
        known.doubted += usize::from(was_doubted);
    }
    known.abandoned = abandoned.len();
    known.doubted += abandoned.len();
    if !abandoned.is_empty() {
        diesel::update(paid_calls::table.filter(paid_calls::id.eq_any(abandoned)))
            .set((
                paid_calls::state.eq(PaidCallState::Unknown),
                paid_calls::ended_at.eq(diesel::dsl::now),
                paid_calls::doubted_at.eq(diesel::dsl::now),
                paid_calls::error.eq("no process saw the end of this call"),
            ))
            .execute(conn)
            .await?;
    }
    Ok(known)
}

/// The budget that has not enough left for a call. The budgets stay locked until the transaction ends.
/// A call that costs nothing needs none.
async fn refused(
    conn: &mut AsyncPgConnection,
    purpose: &Purpose<'_>,
    budgets: Budgets,
) -> QueryResult<Option<String>> {
    use diesel::sql_types as sql;
    #[derive(QueryableByName)]
    struct Scope {
        #[diesel(sql_type = sql::Nullable<sql::Text>)]
        scope: Option<String>,
    }
    if purpose.reserve_micro_usd == 0 || budgets == Budgets::default() {
        return Ok(None);
    }
    let asked = diesel::sql_query("SELECT ai_budget_refuses($1, $2, now(), $3, $4) AS scope")
        .bind::<sql::Uuid, _>(purpose.user_id)
        .bind::<sql::BigInt, _>(purpose.reserve_micro_usd)
        .bind::<sql::Nullable<sql::BigInt>, _>(budgets.deployment)
        .bind::<sql::Nullable<sql::BigInt>, _>(budgets.user);
    Ok(asked.get_result::<Scope>(conn).await?.scope)
}

/// How a call ended. Without a cost it is settled at what was reserved, and marked so.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// The provider has answered. Stored even if the lease is lost by now: it is paid for, and the next
    /// attempt uses it. If a successor has stored an answer already, this one is kept as useless.
    Answered(&'a Value, Option<Cost>),
    /// The answer cannot be used: the next attempt asks again. What it cost is known already, or could
    /// not be read.
    Useless(&'a str),
    /// The provider refused.
    Refused(&'a str),
    /// Whether it is paid for is not known.
    Unknown(&'a str),
}

/// Records the end of a call, and settles it. Not inside a transaction: a second answer to the same key
/// would abort it.
///
/// # Errors
/// Those of the database.
pub async fn close(conn: &mut AsyncPgConnection, call: Uuid, end: End<'_>) -> QueryResult<()> {
    let (state, error) = match end {
        End::Answered(answer, cost) => return answered(conn, call, answer, cost).await,
        End::Useless(why) => (PaidCallState::Useless, why),
        End::Refused(why) => (PaidCallState::Refused, why),
        End::Unknown(why) => (PaidCallState::Unknown, why),
    };
    let error: String = error.chars().filter(|c| *c != '\0').take(500).collect();
    let changeable = [PaidCallState::Intent, PaidCallState::Answered];
    let doubted_at = (state == PaidCallState::Unknown).then(chrono::Utc::now);
    let free = (state == PaidCallState::Refused).then_some((
        paid_calls::cost_micro_usd.eq(0),
        paid_calls::cost_source.eq(CostSource::Free),
    ));
    diesel::update(paid_calls::table.find(call))
        .filter(paid_calls::state.eq_any(changeable))
        .set((
            paid_calls::state.eq(state),
            paid_calls::error.eq(error),
            paid_calls::ended_at.eq(diesel::dsl::now),
            doubted_at.map(|at| paid_calls::doubted_at.eq(at)),
            free,
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

async fn answered(
    conn: &mut AsyncPgConnection,
    call: Uuid,
    answer: &Value,
    cost: Option<Cost>,
) -> QueryResult<()> {
    use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
    match store(conn, call, answer, cost).await {
        // Another answer was stored at this moment; the second try sees it.
        Err(DatabaseError(UniqueViolation, _)) => store(conn, call, answer, cost).await,
        ended => ended,
    }
}

/// Stores an answer. A call that was recorded as unknown is settled anew, at what it really cost.
async fn store(
    conn: &mut AsyncPgConnection,
    call: Uuid,
    answer: &Value,
    cost: Option<Cost>,
) -> QueryResult<()> {
    use diesel::sql_types::{BigInt, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
    diesel::sql_query(
        "UPDATE paid_calls SET answer = $2, ended_at = now(), error = NULL,
             cost_micro_usd = COALESCE($3, reserved_micro_usd),
             cost_source = COALESCE($4, 'reserved')::cost_source,
             input_tokens = $5, output_tokens = $6,
             state = CASE WHEN EXISTS (
                 SELECT FROM paid_calls AS other
                 WHERE other.key = paid_calls.key AND other.state = 'answered')
             THEN 'useless' ELSE 'answered' END::paid_call_state
         WHERE id = $1 AND state IN ('intent', 'unknown')",
    )
    .bind::<SqlUuid, _>(call)
    .bind::<Jsonb, _>(answer)
    .bind::<Nullable<BigInt>, _>(cost.map(|cost| cost.micro_usd))
    .bind::<Nullable<Text>, _>(cost.map(|cost| cost.source.as_str()))
    .bind::<Nullable<Integer>, _>(cost.map(|cost| cost.input_tokens))
    .bind::<Nullable<Integer>, _>(cost.map(|cost| cost.output_tokens))
    .execute(conn)
    .await
    .map(|_| ())
}
