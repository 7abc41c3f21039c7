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

use crate::db::{pg_enum, schema::paid_calls};
use crate::jobs::claims::Claim;

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
}

/// What is to be done.
#[derive(Debug)]
pub enum Opening {
    /// It was answered before.
    Answered { call: Uuid, answer: Value },
    /// Go and ask; report the end under this id.
    Ask {
        call: Uuid,
        /// How many calls just turned out to have ended with their worker.
        abandoned: usize,
    },
    /// Asked so often without anybody seeing the end that an operator has to decide.
    TooManyUnknown(usize),
}

/// How many calls for one thing may end unseen before it is given up. An operator who sends the
/// job round again allows as many once more.
pub const UNKNOWN_MAX: usize = 8;

/// Looks for an answer and, if there is none, writes down that one is going to be asked for. In
/// the caller's transaction, in which it holds its lease.
///
/// # Errors
/// Those of the database.
pub async fn open(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    purpose: Purpose<'_>,
) -> QueryResult<Opening> {
    let of_key = paid_calls::table.filter(paid_calls::key.eq(purpose.key));
    // All of them are locked before any is looked at: an answer that is stored just now by a
    // worker that has lost its lease is waited for, and seen.
    let known: Vec<(Uuid, PaidCallState, Option<Value>, bool)> = of_key
        .select((
            paid_calls::id,
            paid_calls::state,
            paid_calls::answer,
            paid_calls::doubted_at.is_not_null(),
        ))
        .order(paid_calls::id)
        .for_update()
        .load(conn)
        .await?;
    let (mut abandoned, mut doubted, mut found) = (Vec::new(), 0, None);
    for (call, state, answer, was_doubted) in known {
        match (state, answer) {
            (PaidCallState::Answered, Some(answer)) => {
                found = Some(Opening::Answered { call, answer });
            }
            (PaidCallState::Intent, _) => abandoned.push(call),
            _ => {}
        }
        doubted += usize::from(was_doubted);
    }
    diesel::update(paid_calls::table.filter(paid_calls::id.eq_any(&abandoned)))
        .set((
            paid_calls::state.eq(PaidCallState::Unknown),
            paid_calls::ended_at.eq(diesel::dsl::now),
            paid_calls::doubted_at.eq(diesel::dsl::now),
            paid_calls::error.eq("nobody saw the end of this call"),
        ))
        .execute(conn)
        .await?;
    // Late: an answer may have come for one call while another worker was asking once more.
    if let Some(answered) = found {
        return Ok(answered);
    }
    doubted += abandoned.len();
    let rounds = usize::try_from(claim.redrives).unwrap_or(0) + 1;
    if doubted >= UNKNOWN_MAX * rounds {
        return Ok(Opening::TooManyUnknown(doubted));
    }
    let call = Uuid::now_v7();
    diesel::insert_into(paid_calls::table)
        .values((
            paid_calls::id.eq(call),
            paid_calls::job_id.eq(claim.id),
            paid_calls::key.eq(purpose.key),
            paid_calls::provider.eq(purpose.provider),
            paid_calls::attempt.eq(claim.attempt),
        ))
        .execute(conn)
        .await?;
    Ok(Opening::Ask {
        call,
        abandoned: abandoned.len(),
    })
}

/// How a call ended.
#[derive(Clone, Copy, Debug)]
pub enum End<'a> {
    /// The provider has answered. Stored even if the lease is lost by now: it is paid for, and
    /// whoever has the job next will use it. Should a successor have an answer already, this one
    /// is kept as useless.
    Answered(&'a Value),
    /// What was answered turned out to be of no use: the next attempt asks again.
    Useless(&'a str),
    /// The provider said no.
    Refused(&'a str),
    /// It may be paid for or not.
    Unknown(&'a str),
}

/// Writes down the end of a call. Not inside a transaction: a second answer to the same would break
/// it.
///
/// # Errors
/// Those of the database.
pub async fn close(conn: &mut AsyncPgConnection, call: Uuid, end: End<'_>) -> QueryResult<()> {
    let (state, error) = match end {
        End::Answered(answer) => return answered(conn, call, answer).await,
        End::Useless(why) => (PaidCallState::Useless, why),
        End::Refused(why) => (PaidCallState::Refused, why),
        End::Unknown(why) => (PaidCallState::Unknown, why),
    };
    let error: String = error.chars().filter(|c| *c != '\0').take(500).collect();
    let changeable = [PaidCallState::Intent, PaidCallState::Answered];
    let doubted_at = (state == PaidCallState::Unknown).then(chrono::Utc::now);
    diesel::update(paid_calls::table.find(call))
        .filter(paid_calls::state.eq_any(changeable))
        .set((
            paid_calls::state.eq(state),
            paid_calls::error.eq(error),
            paid_calls::ended_at.eq(diesel::dsl::now),
            doubted_at.map(|at| paid_calls::doubted_at.eq(at)),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

async fn answered(conn: &mut AsyncPgConnection, call: Uuid, answer: &Value) -> QueryResult<()> {
    use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
    match store(conn, call, answer).await {
        // Another answer was stored at this moment, and can be seen now.
        Err(DatabaseError(UniqueViolation, _)) => store(conn, call, answer).await,
        ended => ended,
    }
}

async fn store(conn: &mut AsyncPgConnection, call: Uuid, answer: &Value) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE paid_calls SET answer = $2, ended_at = now(), error = NULL,
             state = CASE WHEN EXISTS (
                 SELECT FROM paid_calls AS other
                 WHERE other.key = paid_calls.key AND other.state = 'answered')
             THEN 'useless' ELSE 'answered' END::paid_call_state
         WHERE id = $1 AND state IN ('intent', 'unknown')",
    )
    .bind::<diesel::sql_types::Uuid, _>(call)
    .bind::<diesel::sql_types::Jsonb, _>(answer)
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
