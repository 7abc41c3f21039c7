//! SQL over `secrets_seen`: since when the secrets of the settings are in use, and the metric of it. Values are known by
//! keyed digests alone.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::telemetry::metrics::Metric;
use metrics::gauge;

const AGE: &str = "secret_age_seconds";

/// All of them.
pub const METRICS: &[Metric] = &[Metric::gauge(
    AGE,
    "Seconds since a value of a secret was first used",
)];

/// A secret as a process uses it.
#[derive(Clone, Debug)]
pub struct Used {
    /// The name of its setting.
    pub name: &'static str,
    /// Of its value, keyed by what is not in the database.
    pub digest: [u8; 32],
}

/// Since when a value of a secret is in use.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Seen {
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = Timestamptz)]
    pub first_seen_at: DateTime<Utc>,
}

const NOTE: &str = "INSERT INTO secrets_seen (name, digest, first_seen_at)
    SELECT used.name, used.digest, $3::timestamptz FROM unnest($1::text[], $2::bytea[]) AS used (name, digest)
    ON CONFLICT (name, digest) DO NOTHING";

const SINCE: &str = "SELECT secrets_seen.name, secrets_seen.first_seen_at FROM secrets_seen
    JOIN unnest($1::text[], $2::bytea[]) AS used (name, digest)
        ON used.name = secrets_seen.name AND used.digest = secrets_seen.digest
    ORDER BY secrets_seen.name";

const NEWEST: &str = "SELECT name, max(first_seen_at) AS first_seen_at FROM secrets_seen
    GROUP BY name ORDER BY first_seen_at, name";

/// Notes the values that were not seen before, and returns since when each is in use, by name.
///
/// # Errors
/// Those of the database.
pub async fn note(
    conn: &mut AsyncPgConnection,
    used: &[Used],
    now: DateTime<Utc>,
) -> QueryResult<Vec<Seen>> {
    let names: Vec<&str> = used.iter().map(|one| one.name).collect();
    let digests: Vec<&[u8]> = used.iter().map(|one| one.digest.as_slice()).collect();
    diesel::sql_query(NOTE)
        .bind::<Array<Text>, _>(&names)
        .bind::<Array<Binary>, _>(&digests)
        .bind::<Timestamptz, _>(now)
        .execute(conn)
        .await?;
    diesel::sql_query(SINCE)
        .bind::<Array<Text>, _>(&names)
        .bind::<Array<Binary>, _>(&digests)
        .load(conn)
        .await
}

/// Since when the newest value of each secret is in use, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn newest(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Seen>> {
    diesel::sql_query(NEWEST).load(conn).await
}

/// Publishes how old each is.
pub fn publish(seen: &[Seen], now: DateTime<Utc>) {
    for one in seen {
        let age = (now - one.first_seen_at).num_seconds().max(0);
        gauge!(AGE, "name" => one.name.clone()).set(age as f64);
    }
}
