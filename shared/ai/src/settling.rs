//! Settles abandoned calls, by the chore `retention.settle_calls.v1` every ten minutes. All other calls
//! are settled by [`super::journal`].

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// Records the open calls of jobs that will not run any more as unknown: the job was cancelled or
/// deleted, or its worker died in the last attempt. They are settled at the reserved amount. Returns
/// their number.
///
/// # Errors
/// Those of the database.
pub async fn end_orphans(conn: &mut AsyncPgConnection) -> QueryResult<usize> {
    diesel::sql_query(
        "UPDATE paid_calls SET state = 'unknown', ended_at = now(), doubted_at = now(),
             cost_micro_usd = reserved_micro_usd, cost_source = 'reserved',
             error = 'no process recorded the end of this call'
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
