//! Service levels, computed from the rows of Postgres: of what was accepted since a moment, how much went well. The
//! figures of an API that answers slowly, or not at all, are those of its metrics.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Double, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

/// What is promised: so large a share of events goes well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    pub name: &'static str,
    pub about: &'static str,
    /// The share, from 0 to 1.
    pub target: f64,
}

/// All of them, from the design documents: 99.9 %, readings within 30 s (p95), letters within 5 min, webhooks within 5 s.
pub const OBJECTIVES: &[Objective] = &[
    Objective {
        name: "readings_succeed",
        about: "Readings that are complete, of those that have ended; without those that fail by what the person has sent.",
        target: 0.999,
    },
    Objective {
        name: "readings_in_time",
        about: "Readings that are complete within 30 s, of those that are complete.",
        target: 0.95,
    },
    Objective {
        name: "emails_in_time",
        about: "Letters that a mailer has taken within 5 min; without those to addresses that take none.",
        target: 0.99,
    },
    Objective {
        name: "webhooks_in_time",
        about: "Webhooks of payments that are worked within 5 s.",
        target: 0.99,
    },
];

/// What was measured for an objective.
#[derive(Clone, Debug, PartialEq, QueryableByName)]
pub struct Measured {
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = BigInt)]
    pub good: i64,
    #[diesel(sql_type = BigInt)]
    pub total: i64,
    /// How long it took, in milliseconds: the 50th, 95th and 99th percentile.
    #[diesel(sql_type = Nullable<Array<Double>>)]
    pub percentiles: Option<Vec<f64>>,
}

impl Measured {
    /// The share that went well; `None` without any event.
    pub fn share(&self) -> Option<f64> {
        (self.total > 0).then(|| self.good as f64 / self.total as f64)
    }
}

const MEASURED: &str = "
    WITH readings AS (
        SELECT status, error_code, extract(epoch FROM completed_at - created_at)::double precision * 1000 AS ms
        FROM analysis_history WHERE created_at > $1::timestamptz AND created_at <= $2::timestamptz),
    letters AS (
        SELECT status, created_at, extract(epoch FROM accepted_at - created_at)::double precision * 1000 AS ms
        FROM emails WHERE created_at > $1::timestamptz AND created_at <= $2::timestamptz),
    webhooks AS (
        SELECT state, received_at, extract(epoch FROM worked_at - received_at)::double precision * 1000 AS ms
        FROM webhook_inbox WHERE received_at > $1::timestamptz AND received_at <= $2::timestamptz)
    SELECT 'readings_succeed' AS name, count(*) FILTER (WHERE status = 'completed') AS good,
        count(*) FILTER (WHERE status = 'completed'
            OR (status = 'failed' AND COALESCE(error_code, '') <> ALL ($3::text[]))) AS total,
        NULL::double precision[] AS percentiles
    FROM readings
    UNION ALL
    SELECT 'readings_in_time', count(*) FILTER (WHERE ms <= 30000), count(*),
        percentile_cont(ARRAY[0.5, 0.95, 0.99]::double precision[]) WITHIN GROUP (ORDER BY ms)
    FROM readings WHERE status = 'completed'
    UNION ALL
    SELECT 'emails_in_time', count(*) FILTER (WHERE ms <= 300000), count(*),
        percentile_cont(ARRAY[0.5, 0.95, 0.99]::double precision[]) WITHIN GROUP (ORDER BY ms)
    FROM letters WHERE ms IS NOT NULL
        OR (status NOT IN ('suppressed', 'bounced') AND created_at < $2::timestamptz - interval '5 minutes')
    UNION ALL
    SELECT 'webhooks_in_time', count(*) FILTER (WHERE state = 'done' AND ms <= 5000), count(*),
        percentile_cont(ARRAY[0.5, 0.95, 0.99]::double precision[]) WITHIN GROUP (ORDER BY ms)
    FROM webhooks WHERE state <> 'kept' OR received_at < $2::timestamptz - interval '5 seconds'";

/// What was accepted after `since`, until `now`. `excused`: the codes of readings that fail by what the person has sent.
///
/// # Errors
/// Those of the database.
pub async fn measured(
    conn: &mut AsyncPgConnection,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
    excused: &[&str],
) -> QueryResult<Vec<Measured>> {
    diesel::sql_query(MEASURED)
        .bind::<Timestamptz, _>(since)
        .bind::<Timestamptz, _>(now)
        .bind::<Array<Text>, _>(excused)
        .load(conn)
        .await
}
