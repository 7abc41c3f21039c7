//! SQL over `provider_health`, `ai_budgets` and `paid_calls`, for operators.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use crate::gate::Change;
use crate::model::CallView;
use kernel::pg_enum;
use schema::{paid_calls, provider_health};

pg_enum! {
    /// The state of the circuit breaker of a provider.
    ProviderState as schema::sql_types::ProviderState {
        /// Calls are allowed.
        Closed = "closed",
        /// Calls are refused.
        Open = "open",
        /// One probe call is allowed.
        HalfOpen = "half_open",
    }
}

/// Records a change of the circuit breaker of a provider.
///
/// # Errors
/// Those of the database.
pub async fn note(
    conn: &mut AsyncPgConnection,
    provider: &str,
    change: Change,
    error: Option<&str>,
) -> QueryResult<()> {
    let now = Utc::now();
    let error: Option<String> =
        error.map(|why| why.chars().filter(|c| *c != '\0').take(500).collect());
    let (state, failures, opened, until) = match change {
        Change::Nothing => return Ok(()),
        Change::Closed => (ProviderState::Closed, 0, None, None),
        Change::HalfOpen => (ProviderState::HalfOpen, 0, None, None),
        Change::Opened { lasts, failures } => {
            let until = chrono::TimeDelta::from_std(lasts)
                .ok()
                .map(|lasts| now + lasts);
            let failures = i32::try_from(failures).unwrap_or(i32::MAX);
            (ProviderState::Open, failures, Some(now), until)
        }
    };
    // Half-opening and closing keep the values of the opening.
    let begun = opened.map(|at| {
        (
            provider_health::opened_at.eq(at),
            provider_health::failures.eq(failures),
            provider_health::last_error.eq(error.clone()),
        )
    });
    diesel::insert_into(provider_health::table)
        .values((
            provider_health::provider.eq(provider),
            provider_health::state.eq(state),
            provider_health::failures.eq(failures),
            provider_health::last_error.eq(error),
            provider_health::opened_at.eq(opened),
            provider_health::open_until.eq(until),
        ))
        .on_conflict(provider_health::provider)
        .do_update()
        .set((
            provider_health::state.eq(state),
            provider_health::open_until.eq(until),
            provider_health::updated_at.eq(now),
            begun,
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Every provider whose breaker has ever opened, and whether it is open or half open now.
///
/// # Errors
/// Those of the database.
pub async fn open_or_not(conn: &mut AsyncPgConnection) -> QueryResult<Vec<(String, bool)>> {
    provider_health::table
        .select((
            provider_health::provider,
            provider_health::state.ne(ProviderState::Closed),
        ))
        .load(conn)
        .await
}

/// A provider, as an operator sees it: its breaker, and its calls of the last hour.
#[derive(Clone, Debug, PartialEq, QueryableByName, Serialize)]
pub struct Health {
    #[diesel(sql_type = Text)]
    pub provider: String,
    #[diesel(sql_type = Text)]
    pub state: String,
    #[diesel(sql_type = Nullable<diesel::sql_types::Timestamptz>)]
    pub open_until: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Text>)]
    pub last_error: Option<String>,
    #[diesel(sql_type = BigInt)]
    pub calls: i64,
    #[diesel(sql_type = BigInt)]
    pub answered: i64,
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    #[diesel(sql_type = BigInt)]
    pub cost_micro_usd: i64,
    /// Of answered calls.
    #[diesel(sql_type = Nullable<Double>)]
    pub median_seconds: Option<f64>,
}

/// All providers that were called in the last hour, or whose breaker has ever opened.
///
/// # Errors
/// Those of the database.
pub async fn health(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Health>> {
    diesel::sql_query(
        "SELECT COALESCE(h.provider, c.provider) AS provider, COALESCE(h.state::TEXT, 'closed') AS state,
             h.open_until, h.last_error, COALESCE(c.calls, 0) AS calls,
             COALESCE(c.answered, 0) AS answered, COALESCE(c.failed, 0) AS failed,
             COALESCE(c.cost_micro_usd, 0) AS cost_micro_usd, c.median_seconds
         FROM provider_health h FULL JOIN provider_calls_of_hour c USING (provider)
         ORDER BY 1",
    )
    .get_results(conn)
    .await
}

/// The total spent today (UTC), and the amount reserved for open calls, in millionths of a dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, QueryableByName, Serialize)]
pub struct Spent {
    #[diesel(sql_type = BigInt)]
    pub spent_micro_usd: i64,
    #[diesel(sql_type = BigInt)]
    pub reserved_micro_usd: i64,
}

/// See [`Spent`].
///
/// # Errors
/// Those of the database.
pub async fn spent_today(conn: &mut AsyncPgConnection) -> QueryResult<Spent> {
    diesel::sql_query(
        "SELECT spent_micro_usd, reserved_micro_usd FROM ai_budgets
         WHERE scope = 'all' AND day = (now() AT TIME ZONE 'UTC')::DATE",
    )
    .get_result(conn)
    .await
    .optional()
    .map(Option::unwrap_or_default)
}

/// The statements that delete old budgets and answers: see [`jobs::prune`].
pub const PRUNE: &[&str] = &[
    // The budgets of persons; those of the deployment are kept.
    "DELETE FROM ai_budgets WHERE (day, scope) IN (
         SELECT day, scope FROM ai_budgets
         WHERE scope <> 'all' AND day < now() - interval '40 days' LIMIT $1)",
    // Those of persons whose data was deleted.
    "DELETE FROM ai_budgets WHERE (day, scope) IN (
         SELECT day, scope FROM ai_budgets
         WHERE scope LIKE 'memory:%' AND day < (now() AT TIME ZONE 'UTC')::DATE LIMIT $1)",
    // An answer is kept as long as the job exists that may need it again.
    "UPDATE paid_calls SET answer = CASE WHEN state = 'answered' THEN 'null'::jsonb END
     WHERE id IN (
         SELECT id FROM paid_calls
         WHERE answer <> 'null'::jsonb AND ended_at < now() - interval '1 hour'
           AND NOT EXISTS (SELECT FROM jobs WHERE jobs.id = paid_calls.job_id)
         LIMIT $1 FOR UPDATE SKIP LOCKED)",
];
/// The calls that were made for a job, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn calls_of_job(conn: &mut AsyncPgConnection, job: Uuid) -> QueryResult<Vec<CallView>> {
    paid_calls::table
        .filter(paid_calls::job_id.eq(job))
        .order(paid_calls::id)
        .select(CallView::as_select())
        .load(conn)
        .await
}
/// The calls of the last seven days whose outcome is unknown: so many may have been paid for twice.
///
/// # Errors
/// Those of the database.
pub async fn doubted_calls(conn: &mut AsyncPgConnection) -> QueryResult<i64> {
    paid_calls::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "doubted_at > now() - interval '7 days'",
        ))
        .count()
        .get_result(conn)
        .await
}
