//! The journal of paid calls. The intent is recorded before a call and the outcome after it, each
//! flushed to disk, so that after a crash it is known what was paid for: a stored answer is used
//! again instead of a new call; a call whose end no process recorded is *unknown*, is counted, and
//! is repeated a limited number of times. Called by `worker/src/ai/paid.rs`; the operator command
//! and the admin page read it.

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::Nullable;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::model::{Budgets, Cost, CostSource, PaidCallState, Purpose};
use jobs::claims::Claim;
use schema::paid_calls;

/// The columns of a call that ends without a known cost: it is settled at the reserved one. The
/// constraint `what_ended_is_settled` refuses a statement that forgets them.
macro_rules! settled {
    () => {{
        let unknown = || paid_calls::cost_micro_usd.is_null();
        let reserved = CostSource::Reserved.into_sql::<Nullable<schema::sql_types::CostSource>>();
        (
            paid_calls::cost_micro_usd.eq(case_when(
                unknown(),
                paid_calls::reserved_micro_usd.nullable(),
            )
            .otherwise(paid_calls::cost_micro_usd)),
            paid_calls::cost_source
                .eq(case_when(unknown(), reserved).otherwise(paid_calls::cost_source)),
        )
    }};
}

/// What the caller must do.
#[derive(Debug)]
pub enum Opening {
    /// Use the answer of an earlier call.
    Answered(Stored),
    /// Make the call; record its outcome under this id.
    Ask {
        call: Uuid,
        /// How many open calls of dead workers were just recorded as unknown.
        abandoned: usize,
        /// How many answers for the key were unusable so far.
        useless: usize,
    },
    /// So many calls have an unknown outcome that an operator must decide. Like the next two variants,
    /// only for calls that cost something.
    TooManyUnknown(usize),
    /// So many answers were unusable that no further call is made.
    TooManyUseless(usize),
    /// The daily budget is spent: that of the deployment, or of this person.
    OverBudget { of_user: bool },
    /// The rest of the budget is reserved for open calls: some of it may be released.
    BudgetHeld,
    /// What the call is about was deleted, maybe with its person: nothing is sent to a vendor.
    Ownerless,
}

/// How many calls of one key may have an unknown outcome before the job is given up. A redrive
/// allows as many again.
pub const UNKNOWN_MAX: usize = 8;

/// How many unusable answers of one key are paid for before the job is given up, as above.
pub const USELESS_MAX: usize = 4;

/// Finds a stored answer or, if there is none, records the intent of a call. Runs in the caller's
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
    let calls = key_calls(conn, purpose.key).await?;
    // A late answer may have been stored by a worker that has lost its lease.
    if let Some(answered) = calls.answered {
        return Ok(Opening::Answered(answered));
    }
    let (doubted, useless) = (calls.doubted, calls.useless);
    let rounds = usize::try_from(claim.redrives).unwrap_or(0) + 1;
    let costs = purpose.reserve_micro_usd > 0;
    if costs && doubted >= UNKNOWN_MAX * rounds {
        return Ok(Opening::TooManyUnknown(doubted));
    }
    if costs && useless >= USELESS_MAX * rounds {
        return Ok(Opening::TooManyUseless(useless));
    }
    // Locks the subject, and before the budgets, as an erasure does: either it waits and clears this call
    // with the others, or it has come first and there is no subject any more.
    let Some(owner) = (purpose.find_owner)(conn, purpose.subject.id).await? else {
        return Ok(Opening::Ownerless);
    };
    if let Some(scope) = refused(conn, &purpose, budgets).await? {
        return Ok(match scope.as_str() {
            "held" => Opening::BudgetHeld,
            scope => Opening::OverBudget {
                of_user: scope != "all",
            },
        });
    }
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
            paid_calls::subject_id.eq(purpose.subject.id),
            paid_calls::user_id.eq(owner),
            paid_calls::reserved_micro_usd.eq(purpose.reserve_micro_usd),
        ))
        .execute(conn)
        .await?;
    Ok(Opening::Ask {
        call,
        abandoned: calls.abandoned,
        // A redrive starts the count anew.
        useless: useless.saturating_sub(USELESS_MAX * (rounds - 1)),
    })
}

/// The calls of one key.
#[derive(Debug, Default)]
pub struct KeyCalls {
    pub answered: Option<Stored>,
    /// Open calls of dead workers that were just recorded as unknown.
    pub abandoned: usize,
    /// Calls that were ever recorded as unknown, including those.
    doubted: usize,
    useless: usize,
}

/// The stored answer of an earlier call.
#[derive(Debug)]
pub struct Stored {
    pub call: Uuid,
    pub provider: String,
    pub answer: Value,
}

/// Reads the calls of a key, and records the open ones as unknown. Runs in the caller's transaction, in
/// which it holds its lease.
///
/// # Errors
/// Those of the database.
pub async fn key_calls(conn: &mut AsyncPgConnection, key: &str) -> QueryResult<KeyCalls> {
    // Locks all rows before reading any: this waits for, and sees, an answer that a worker without a
    // lease stores at the same time.
    let rows: Vec<(Uuid, PaidCallState, Option<Value>, bool, String)> = paid_calls::table
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
    let (mut calls, mut abandoned) = (KeyCalls::default(), Vec::new());
    for (call, state, answer, was_doubted, provider) in rows {
        match (state, answer) {
            (PaidCallState::Answered, Some(answer)) => {
                calls.answered = Some(Stored {
                    call,
                    provider,
                    answer,
                });
            }
            (PaidCallState::Intent, _) => abandoned.push(call),
            (PaidCallState::Useless, _) => calls.useless += 1,
            _ => {}
        }
        calls.doubted += usize::from(was_doubted);
    }
    calls.abandoned = abandoned.len();
    calls.doubted += abandoned.len();
    if !abandoned.is_empty() {
        diesel::update(paid_calls::table.filter(paid_calls::id.eq_any(abandoned)))
            .set((
                paid_calls::state.eq(PaidCallState::Unknown),
                paid_calls::ended_at.eq(diesel::dsl::now),
                paid_calls::doubted_at.eq(diesel::dsl::now),
                paid_calls::error.eq("no process recorded the end of this call"),
                settled!(),
            ))
            .execute(conn)
            .await?;
    }
    Ok(calls)
}

/// The budget that does not suffice for a call, if any. The budgets stay locked until the transaction
/// ends. A call that costs nothing needs no budget.
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

/// The outcome of a call. Without a known cost it is settled at the reserved amount, and recorded as
/// such.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// The provider has answered. Stored even without the lease: it is paid for, and the next attempt
    /// uses it. If another worker has stored an answer already, this one is kept as useless.
    Answered(&'a Value, Option<Cost>),
    /// The answer is unusable: the next attempt makes a new call. Its cost was recorded with the
    /// answer, or is unknown.
    Useless(&'a str),
    /// The provider has refused the call; of this kind: `rate_limited`, `server` or `refused`.
    Refused(&'a str, &'static str),
    /// Unknown whether the call is paid for; of this kind: `timeout` or `unknown`.
    Unknown(&'a str, &'static str),
}

/// Records the outcome of a call, and settles it. Not inside a transaction: a second answer for the
/// same key would abort it.
///
/// # Errors
/// Those of the database.
pub async fn close(conn: &mut AsyncPgConnection, call: Uuid, end: End<'_>) -> QueryResult<()> {
    let (state, error, failure) = match end {
        End::Answered(answer, cost) => return answered(conn, call, answer, cost).await,
        End::Useless(why) => (PaidCallState::Useless, why, None),
        End::Refused(why, kind) => (PaidCallState::Refused, why, Some(kind)),
        End::Unknown(why, kind) => (PaidCallState::Unknown, why, Some(kind)),
    };
    let error: String = error.chars().filter(|c| *c != '\0').take(500).collect();
    let changeable = [PaidCallState::Intent, PaidCallState::Answered];
    let doubted_at = (state == PaidCallState::Unknown).then(chrono::Utc::now);
    let free = state == PaidCallState::Refused;
    let free_of_charge = free.then_some((
        paid_calls::cost_micro_usd.eq(0),
        paid_calls::cost_source.eq(CostSource::Free),
    ));
    diesel::update(paid_calls::table.find(call))
        .filter(paid_calls::state.eq_any(changeable))
        .set((
            paid_calls::state.eq(state),
            paid_calls::error.eq(error),
            paid_calls::failure.eq(failure),
            paid_calls::ended_at.eq(diesel::dsl::now),
            doubted_at.map(|at| paid_calls::doubted_at.eq(at)),
            free_of_charge,
            (!free).then(|| settled!()),
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
        // Another answer was stored at the same time; the second attempt sees it.
        Err(DatabaseError(UniqueViolation, _)) => store(conn, call, answer, cost).await,
        ended => ended,
    }
}

/// Stores an answer. A call that was recorded as unknown is settled again, at its actual cost.
async fn store(
    conn: &mut AsyncPgConnection,
    call: Uuid,
    answer: &Value,
    cost: Option<Cost>,
) -> QueryResult<()> {
    use diesel::sql_types::{BigInt, Integer, Jsonb, Text, Uuid as SqlUuid};
    diesel::sql_query(
        "UPDATE paid_calls SET answer = $2, ended_at = now(), error = NULL, failure = NULL,
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
