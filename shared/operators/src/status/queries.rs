//! Counts of what waits for an operator, and what Postgres says of its archive. Each is bounded, and has an index.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;

/// Nothing is counted beyond this.
pub const COUNTED_MAX: i64 = 1_000;

/// What waits; each number is at most [`COUNTED_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq, QueryableByName, Serialize)]
pub struct Waiting {
    /// Calls of payment vendors that could not be worked.
    #[diesel(sql_type = BigInt)]
    pub calls_failed: i64,
    /// Calls that should have been worked five minutes ago.
    #[diesel(sql_type = BigInt)]
    pub calls_late: i64,
    /// Payments that have waited for their money for more than a day.
    #[diesel(sql_type = BigInt)]
    pub payments_late: i64,
    /// Refunds that were asked for more than a day ago and have no end.
    #[diesel(sql_type = BigInt)]
    pub refunds_late: i64,
    /// Letters of the last day that no mailer took.
    #[diesel(sql_type = BigInt)]
    pub letters_failed: i64,
    /// Letters of the last day that may have left or not.
    #[diesel(sql_type = BigInt)]
    pub letters_uncertain: i64,
    /// Letters of the last day that should have left five minutes ago.
    #[diesel(sql_type = BigInt)]
    pub letters_late: i64,
}

const WAITING: &str = "
    WITH calls AS (
        SELECT state, received_at FROM webhook_inbox WHERE state <> 'done'
        ORDER BY received_at DESC LIMIT $1),
    letters AS (
        SELECT status::text AS status, created_at FROM emails WHERE created_at > now() - interval '1 day'
          AND status IN ('queued', 'sending', 'failed', 'uncertain')
        ORDER BY created_at DESC LIMIT $1)
    SELECT (SELECT count(*) FROM (
            SELECT FROM payments WHERE status = 'pending' AND created_at < now() - interval '1 day'
            LIMIT $1) AS late) AS payments_late,
        (SELECT count(*) FROM (
            SELECT FROM refunds WHERE state IN ('requested', 'underway')
              AND created_at < now() - interval '1 day'
            LIMIT $1) AS late) AS refunds_late,
        (SELECT count(*) FROM calls WHERE state = 'failed') AS calls_failed,
        (SELECT count(*) FROM calls
         WHERE state = 'kept' AND received_at < now() - interval '5 minutes') AS calls_late,
        (SELECT count(*) FROM letters WHERE status = 'failed') AS letters_failed,
        (SELECT count(*) FROM letters WHERE status = 'uncertain') AS letters_uncertain,
        (SELECT count(*) FROM letters
         WHERE status IN ('queued', 'sending') AND created_at < now() - interval '5 minutes') AS letters_late";

/// See [`Waiting`].
///
/// # Errors
/// Those of the database.
pub async fn waiting(conn: &mut AsyncPgConnection) -> QueryResult<Waiting> {
    diesel::sql_query(WAITING)
        .bind::<BigInt, _>(COUNTED_MAX)
        .get_result(conn)
        .await
}

/// The archive of the write-ahead log, without which a backup cannot be brought up to the last minutes.
#[derive(Clone, Debug, Default, PartialEq, Eq, QueryableByName, Serialize)]
pub struct Archive {
    /// Whether Postgres keeps one.
    #[diesel(sql_type = Bool)]
    pub is_kept: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub succeeded_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub failed_at: Option<DateTime<Utc>>,
    /// The file that could not be archived.
    #[diesel(sql_type = Nullable<Text>)]
    pub failed: Option<String>,
}

impl Archive {
    /// Whether the last try failed.
    pub fn fails(&self) -> bool {
        self.is_kept && self.failed_at > self.succeeded_at
    }
}

/// See [`Archive`].
///
/// # Errors
/// Those of the database.
pub async fn archive(conn: &mut AsyncPgConnection) -> QueryResult<Archive> {
    diesel::sql_query(
        "SELECT current_setting('archive_mode') <> 'off' AS is_kept, last_archived_time AS succeeded_at,
             last_failed_time AS failed_at, last_failed_wal AS failed
         FROM pg_stat_archiver",
    )
    .get_result(conn)
    .await
}
