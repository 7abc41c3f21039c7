//! Settling calls that cost money and were left behind: by the chore `retention.settle_calls.v1`, every
//! ten minutes. How a call is settled otherwise: [`super::journal`].

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// Ends the calls whose job nobody runs any more: it was cancelled, or deleted, or its worker died with
/// the last attempt. They are settled at what was reserved. Returns how many there were.
///
/// # Errors
/// Those of the database.
pub async fn end_orphans(conn: &mut AsyncPgConnection) -> QueryResult<usize> {
    diesel::sql_query(
        "UPDATE paid_calls SET state = 'unknown', ended_at = now(), doubted_at = now(),
             error = 'nobody saw the end of this call'
         WHERE id IN (
             SELECT id FROM paid_calls
             WHERE state = 'intent' AND began_at < now() - interval '15 minutes'
               AND NOT EXISTS (SELECT FROM jobs
                   WHERE jobs.id = paid_calls.job_id AND jobs.state IN ('queued', 'running'))
             FOR UPDATE SKIP LOCKED)",
    )
    .execute(conn)
    .await
}

/// Brings up to date what readings cost that somebody held when a call of theirs was settled, in the
/// last day. Returns how many there were.
///
/// # Errors
/// Those of the database.
pub async fn sync_costs(conn: &mut AsyncPgConnection) -> QueryResult<usize> {
    diesel::sql_query(
        "SELECT analysis_cost_sync(a.id) FROM analysis_history AS a JOIN (
             SELECT analysis_id, sum(cost_micro_usd) / 1000000.0 AS cost_usd FROM paid_calls
             WHERE analysis_id IN (
                 SELECT analysis_id FROM paid_calls WHERE began_at > now() - interval '1 day')
             GROUP BY analysis_id) AS calls ON calls.analysis_id = a.id
         WHERE a.cost_usd IS DISTINCT FROM calls.cost_usd",
    )
    .execute(conn)
    .await
}
