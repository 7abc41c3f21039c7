//! Deleting in small batches, so that no statement holds anything for long.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

/// How long ended jobs are kept.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// Done and cancelled jobs.
    pub finished: Duration,
    /// Dead jobs: an operator may want to look at them, or to send them round again.
    pub dead: Duration,
}

/// Rows of one statement.
pub const BATCH: usize = 2_000;

/// Deletes up to [`BATCH`] jobs that ended longer ago than is to be kept; returns how many. Walks
/// the primary key, whose ids grow with the time of creation (UUIDv7), up to those that are too
/// young anyway: no further index is needed, and what is kept is not looked at.
///
/// # Errors
/// Those of the database.
pub async fn prune_jobs(
    conn: &mut AsyncPgConnection,
    keep: Keep,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::sql_query(
        "WITH oldest AS (
             SELECT id FROM jobs
             WHERE id < $1
               AND ((state IN ('done', 'cancelled') AND finished_at < now() - make_interval(secs => $2))
                 OR (state = 'dead' AND finished_at < now() - make_interval(secs => $3)))
             ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED)
         DELETE FROM jobs USING oldest WHERE jobs.id = oldest.id",
    )
    .bind::<SqlUuid, _>(first_id_of(now - keep.finished.min(keep.dead)))
    .bind::<Double, _>(keep.finished.as_secs_f64())
    .bind::<Double, _>(keep.dead.as_secs_f64())
    .bind::<BigInt, _>(BATCH as i64)
    .execute(conn)
    .await
}

/// The smallest UUIDv7 of a moment (RFC 9562, 5.7: 48 bits of milliseconds come first).
pub fn first_id_of(moment: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or(0);
    Uuid::from_u64_pair(millis << 16, 0)
}

/// Deletes keys of limits that nobody has used for a day, updates of Telegram that it will not send
/// again (it keeps one that nobody takes for 24 hours), traces of old probes, and what the retention
/// policy says of people's data (docs/PRIVACY.md): up to [`BATCH`] of each. Returns how many, and
/// whether there may be more.
///
/// # Errors
/// Those of the database.
pub async fn prune_marks(conn: &mut AsyncPgConnection) -> QueryResult<(usize, bool)> {
    let (mut deleted, mut more) = (0, false);
    for statement in OLD_MARKS {
        let statement = diesel::sql_query(*statement).bind::<BigInt, _>(BATCH as i64);
        let rows = statement.execute(conn).await?;
        deleted += rows;
        more |= rows >= BATCH;
    }
    Ok((deleted, more))
}

const OLD_MARKS: &[&str] = &[
    "DELETE FROM job_keys WHERE key IN (
         SELECT key FROM job_keys WHERE used_at < now() - interval '1 day'
           AND busy_until < now() AND next_slot < now()
         LIMIT $1 FOR UPDATE SKIP LOCKED)",
    "DELETE FROM telegram_updates WHERE (bot_id, update_id) IN (
         SELECT bot_id, update_id FROM telegram_updates
         WHERE received_at < now() - interval '7 days' LIMIT $1)",
    "DELETE FROM probe_runs WHERE id IN (
         SELECT id FROM probe_runs WHERE began_at < now() - interval '7 days' LIMIT $1)",
    "DELETE FROM probe_results WHERE id IN (
         SELECT id FROM probe_results WHERE applied_at < now() - interval '7 days' LIMIT $1)",
    // Design document, section 13.6.
    "DELETE FROM audit_logs WHERE id IN (
         SELECT id FROM audit_logs WHERE created_at < now() - interval '90 days' LIMIT $1)",
    // The last 20 messages of each person are kept (design document, section 3.3).
    "DELETE FROM message_context WHERE id IN (
         SELECT old.id
         FROM (SELECT user_id FROM message_context GROUP BY user_id HAVING count(*) > 20) AS busy
         CROSS JOIN LATERAL (
             SELECT id FROM message_context WHERE user_id = busy.user_id
             ORDER BY created_at DESC, id DESC OFFSET 20) AS old
         LIMIT $1)",
    // Whoever is still at work keeps their key; those who died over it do not.
    "DELETE FROM idempotency_keys WHERE (caller, key) IN (
         SELECT caller, key FROM idempotency_keys
         WHERE created_at < now() - interval '24 hours'
           AND (locked_until IS NULL OR locked_until < now())
         LIMIT $1 FOR UPDATE SKIP LOCKED)",
    // For as long as the audit log tells of them. An archive goes first.
    "DELETE FROM privacy_requests WHERE id IN (
         SELECT id FROM privacy_requests
         WHERE status IN ('completed', 'failed') AND archive_key IS NULL
           AND completed_at < now() - interval '90 days' LIMIT $1)",
    // What was spent for one person; what was spent in all is kept.
    "DELETE FROM ai_budgets WHERE (day, scope) IN (
         SELECT day, scope FROM ai_budgets
         WHERE scope <> 'all' AND day < now() - interval '40 days' LIMIT $1)",
    // An answer of the AI is kept for the job that may ask for it again, and no longer.
    "UPDATE paid_calls SET answer = CASE WHEN state = 'answered' THEN 'null'::jsonb END
     WHERE id IN (
         SELECT id FROM paid_calls
         WHERE answer <> 'null'::jsonb AND ended_at < now() - interval '1 hour'
           AND NOT EXISTS (SELECT FROM jobs WHERE jobs.id = paid_calls.job_id)
         LIMIT $1 FOR UPDATE SKIP LOCKED)",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_id_of_a_moment_stands_before_all_ids_of_it_and_after_those_before() {
        let now = Utc::now();
        let seconds = u64::try_from(now.timestamp()).expect("after 1970");
        let of_now = uuid::Timestamp::from_unix_time(seconds, now.timestamp_subsec_nanos(), 0, 0);
        let before = uuid::Timestamp::from_unix_time(seconds - 1, 0, 0, 0);
        assert!(first_id_of(now) < Uuid::new_v7(of_now));
        assert!(first_id_of(now) > Uuid::new_v7(before));
    }
}
