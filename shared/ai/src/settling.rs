//! Settling calls that were left behind: by the chore `retention.settle_calls.v1`, every ten minutes. How
//! a call is settled otherwise: [`super::journal`].

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// Ends the open calls whose job will not run any more: it was cancelled, or deleted, or its worker died
/// with the last attempt. They are settled at what was reserved. Returns how many there were.
///
/// # Errors
/// Those of the database.
pub async fn end_orphans(conn: &mut AsyncPgConnection) -> QueryResult<usize> {
    diesel::sql_query(
        "UPDATE paid_calls SET state = 'unknown', ended_at = now(), doubted_at = now(),
             error = 'no process saw the end of this call'
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
