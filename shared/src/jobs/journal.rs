//! The journal of calls that cost money. Intent is written before a call and the outcome after
//! it, each flushed to disk, so that after a crash it is known what was paid for: an answer that
//! was stored is used and never asked for again; a call that nobody saw the end of is *unknown*,
//! counted, and repeated or not by the rule of its kind. Called by `worker/src/runtime/paid.rs`; the
//! operator's command and page read it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::db::pg_enum;
use crate::db::schema::{analysis_history, paid_calls};
use crate::jobs::claims::Claim;

pg_enum! {
    /// Where the cost of a call is known from.
    CostSource as CostSource {
        /// The provider says so.
        Reported = "reported",
        /// Its tokens, by the catalogue's price.
        Priced = "priced",
        /// Nobody knows: what was reserved.
        Reserved = "reserved",
        /// Nothing is owed.
        Free = "free",
    }
}

/// What a call cost, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Millionths of a dollar.
    pub micro_usd: i64,
    pub source: CostSource,
    pub input_tokens: i32,
    pub output_tokens: i32,
}

pg_enum! {
    /// How a call ended.
    PaidCallState as PaidCallState {
        /// Under way, or its process died.
        Intent = "intent",
        /// Answered, and the answer is the one that is used.
        Answered = "answered",
        /// Answered and paid for, but the answer was of no use.
        Useless = "useless",
        /// The provider said no: nothing is owed.
        Refused = "refused",
        /// Nobody saw its end: it may be paid for.
        Unknown = "unknown",
    }
}

/// What a call is for.
#[derive(Clone, Copy, Debug)]
pub struct Purpose<'a> {
    /// The same for every attempt. Only one live job may have it (its dedupe key sees to that): a
    /// call of the key that is still open is taken for one of a dead attempt.
    pub key: &'a str,
    pub provider: &'a str,
    pub model: &'a str,
    pub step: &'a str,
    pub analysis_id: Uuid,
    pub user_id: Uuid,
    /// The most that the call is expected to cost, in millionths of a dollar.
    pub reserve_micro_usd: i64,
}

/// What may be spent in a day (UTC), in millionths of a dollar; `None`: anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budgets {
    pub deployment: Option<i64>,
    pub user: Option<i64>,
}

/// What is to be done.
#[derive(Debug)]
pub enum Opening {
    /// It was answered before.
    Answered(Stored),
    /// Go and ask; report the end under this id.
    Ask {
        call: Uuid,
        /// How many calls just turned out to have ended with their worker.
        abandoned: usize,
        /// How many answers to the same were of no use so far.
        useless: usize,
    },
    /// Asked so often without anybody seeing the end that an operator has to decide. Like the next two
    /// only of calls that cost something.
    TooManyUnknown(usize),
    /// Answered so often in vain that it makes no sense to go on.
    TooManyUseless(usize),
    /// The money of the day is used up: that of the deployment, or of this person.
    OverBudget { of_user: bool },
    /// What is left of it is reserved for calls under way: some may come back.
    BudgetHeld,
}

/// How many calls for one thing may end unseen before it is given up. An operator who sends the
/// job round again allows as many once more.
pub const UNKNOWN_MAX: usize = 8;

/// How many answers of no use are paid for, for one thing; after that it is given up, as above.
pub const USELESS_MAX: usize = 4;

/// Looks for an answer and, if there is none, writes down that one is going to be asked for. In
/// the caller's transaction, in which it holds its lease.
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
    // Of somebody who was deleted meanwhile nothing is written down but the money.
    let whose: Option<Uuid> = analysis_history::table
        .find(purpose.analysis_id)
        .select(analysis_history::user_id)
        .first(conn)
        .await
        .optional()?;
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
            paid_calls::analysis_id.eq(whose.map(|_| purpose.analysis_id)),
            paid_calls::user_id.eq(whose),
            paid_calls::reserved_micro_usd.eq(purpose.reserve_micro_usd),
        ))
        .execute(conn)
        .await?;
    Ok(Opening::Ask {
        call,
        abandoned: known.abandoned,
        // An operator who sends the job round again begins anew.
        useless: useless.saturating_sub(USELESS_MAX * (rounds - 1)),
    })
}

/// What is known of the calls for one thing.
#[derive(Debug, Default)]
pub struct Known {
    pub answered: Option<Stored>,
    /// Calls that just turned out to have ended with their worker.
    pub abandoned: usize,
    /// Calls of which nobody saw the end, those among them.
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

/// Looks at the calls of a key, and writes down that those which are open have ended unseen. In the
/// caller's transaction, in which it holds its lease.
///
/// # Errors
/// Those of the database.
pub async fn look(conn: &mut AsyncPgConnection, key: &str) -> QueryResult<Known> {
    // All of them are locked before any is looked at: an answer that is stored just now by a
    // worker that has lost its lease is waited for, and seen.
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
                paid_calls::error.eq("nobody saw the end of this call"),
            ))
            .execute(conn)
            .await?;
    }
    Ok(known)
}

/// The budget that has not enough left for a call, and is held until the transaction ends. What costs
/// nothing needs none.
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
    /// The provider has answered. Stored even if the lease is lost by now: it is paid for, and
    /// whoever has the job next will use it. Should a successor have an answer already, this one
    /// is kept as useless.
    Answered(&'a Value, Option<Cost>),
    /// What was answered turned out to be of no use: the next attempt asks again. What it cost is
    /// known already, or nobody could read it.
    Useless(&'a str),
    /// The provider said no.
    Refused(&'a str),
    /// It may be paid for or not.
    Unknown(&'a str),
}

/// Writes down the end of a call, and settles it. Not inside a transaction: a second answer to the
/// same would break it.
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
        // Another answer was stored at this moment, and can be seen now.
        Err(DatabaseError(UniqueViolation, _)) => store(conn, call, answer, cost).await,
        ended => ended,
    }
}

/// One that was given up as unknown is settled anew, at what it really cost.
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

/// A call as an operator sees it.
#[derive(Clone, Debug, Queryable, Selectable, Serialize)]
#[diesel(table_name = paid_calls)]
pub struct CallView {
    pub id: Uuid,
    pub key: String,
    pub provider: String,
    pub attempt: i32,
    pub state: PaidCallState,
    pub answer: Option<Value>,
    pub error: Option<String>,
    pub began_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// When nobody could tell any more whether it is paid for.
    pub doubted_at: Option<DateTime<Utc>>,
    pub model: Option<String>,
    pub reserved_micro_usd: i64,
    pub cost_micro_usd: Option<i64>,
    pub cost_source: Option<CostSource>,
}

/// The calls that were made for a job, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn of_job(conn: &mut AsyncPgConnection, job: Uuid) -> QueryResult<Vec<CallView>> {
    paid_calls::table
        .filter(paid_calls::job_id.eq(job))
        .order(paid_calls::id)
        .select(CallView::as_select())
        .load(conn)
        .await
}
