//! Yesterday, counted again from its lines, facts and events.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use events::Event;
use uuid::Uuid;

use crate::projection;

/// The last day that is over in every time zone: the last zone is twelve hours behind UTC.
pub fn day_to_recount(now: DateTime<Utc>) -> NaiveDate {
    (now - TimeDelta::hours(12)).date_naive() - Days::new(1)
}

/// How a unit of a day was changed.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Drift {
    #[diesel(sql_type = Text)]
    pub unit: String,
    #[diesel(sql_type = BigInt)]
    pub delta: i64,
}

/// Counts events of the outbox around a day that the projection has passed over; returns how many, without those of accounts
/// that are perhaps being deleted. The moments lie days
/// apart: days of other zones begin and end at others.
///
/// # Errors
/// Those of the database.
pub async fn missed(
    conn: &mut AsyncPgConnection,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> QueryResult<i64> {
    conn.transaction(async |conn| {
        let missed: Vec<Event> = diesel::sql_query(MISSED)
            .bind::<Date, _>(day)
            .bind::<Text, _>(projection::CURSOR)
            .load(conn)
            .await?;
        let held = projection::count(conn, &missed, now).await?;
        Ok(i64::try_from(missed.len()).unwrap_or(i64::MAX) - held)
    })
    .await
}

const MISSED: &str = "
    SELECT e.id, e.name, e.version, e.occurred_at, e.user_id, e.account_id, e.data
    FROM events AS e, event_cursors AS place
    WHERE e.occurred_at >= $1::date - interval '1 day' AND e.occurred_at < $1::date + interval '2 days'
      AND e.name IN ('reading.ended', 'provider.called') AND place.name = $2 AND (e.tx, e.seq) <= (place.tx, place.seq)
      AND EXISTS (SELECT FROM accounts WHERE id = e.account_id)
      AND NOT EXISTS (SELECT FROM usage_facts WHERE event_id = e.id)
    ORDER BY e.occurred_at LIMIT 10000";

/// An account, and whether it has used something on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Seen {
    #[diesel(sql_type = SqlUuid)]
    pub account_id: Uuid,
    #[diesel(sql_type = Bool)]
    pub is_used: bool,
}

/// The next accounts behind `after` in the order of their ids, so many, each looked up in the indexes by account: none of
/// the tables is read for a day that most accounts have nothing of.
///
/// # Errors
/// Those of the database.
pub async fn accounts(
    conn: &mut AsyncPgConnection,
    day: NaiveDate,
    after: Uuid,
    limit: i64,
) -> QueryResult<Vec<Seen>> {
    diesel::sql_query(ACCOUNTS)
        .bind::<Date, _>(day)
        .bind::<SqlUuid, _>(after)
        .bind::<BigInt, _>(limit)
        .load(conn)
        .await
}

const ACCOUNTS: &str = "
    SELECT id AS account_id, COALESCE(
        (SELECT TRUE FROM usage_daily_aggregates WHERE account_id = accounts.id AND day = $1 LIMIT 1),
        (SELECT TRUE FROM usage_facts WHERE account_id = accounts.id AND day = $1 LIMIT 1),
        (SELECT TRUE FROM usage_events WHERE account_id = accounts.id AND day = $1 LIMIT 1),
        (SELECT TRUE FROM usage_logs WHERE account_id = accounts.id AND day = $1
            AND occurred_at >= $1::date - interval '2 days' AND occurred_at < $1::date + interval '3 days' LIMIT 1),
        FALSE) AS is_used
    FROM accounts WHERE id > $2 ORDER BY id LIMIT $3";

/// Counts a day of an account again, and repairs it.
///
/// # Errors
/// Those of the database.
pub async fn recount(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    day: NaiveDate,
) -> QueryResult<Vec<Drift>> {
    diesel::sql_query("SELECT unit, delta FROM update_daily_usage_aggregate($1, $2)")
        .bind::<SqlUuid, _>(account)
        .bind::<Date, _>(day)
        .load(conn)
        .await
}

/// The statements that delete rows after their time (see [`jobs::prune`]).
pub const PRUNE: &[&str] = &[
    "DELETE FROM usage_facts WHERE event_id IN (
         SELECT event_id FROM usage_facts WHERE occurred_at < now() - interval '400 days' LIMIT $1)",
    "DELETE FROM usage_events WHERE (account_id, id) IN (
         SELECT account_id, id FROM usage_events WHERE received_at < now() - interval '400 days' LIMIT $1)",
    "DELETE FROM usage_corrections WHERE id IN (
         SELECT id FROM usage_corrections WHERE noted_at < now() - interval '400 days' LIMIT $1)",
    "DELETE FROM usage_alerts WHERE (account_id, unit, period, ends_at, percent) IN (
         SELECT account_id, unit, period, ends_at, percent FROM usage_alerts WHERE ends_at < now() - interval '1 day'
         LIMIT $1)",
    "DELETE FROM api_requests_quarter WHERE (bucket, account_id, key_id, endpoint, status_class, latency_bucket) IN (
         SELECT bucket, account_id, key_id, endpoint, status_class, latency_bucket FROM api_requests_quarter
         WHERE bucket < now() - interval '400 days' LIMIT $1)",
    // Of organizations that are deleted.
    "DELETE FROM usage_logs WHERE (occurred_at, id) IN (
         SELECT occurred_at, id FROM usage_logs JOIN usage_gone USING (account_id) LIMIT $1)",
    "DELETE FROM api_requests_quarter WHERE (bucket, account_id, key_id, endpoint, status_class, latency_bucket) IN (
         SELECT bucket, account_id, key_id, endpoint, status_class, latency_bucket
         FROM api_requests_quarter JOIN usage_gone USING (account_id) LIMIT $1)",
    "DELETE FROM usage_events WHERE (account_id, id) IN (
         SELECT account_id, id FROM usage_events JOIN usage_gone USING (account_id) LIMIT $1)",
    "DELETE FROM usage_gone WHERE account_id IN (
         SELECT account_id FROM usage_gone AS gone
         WHERE NOT EXISTS (SELECT FROM usage_logs WHERE account_id = gone.account_id)
           AND NOT EXISTS (SELECT FROM api_requests_quarter WHERE account_id = gone.account_id)
           AND NOT EXISTS (SELECT FROM usage_events WHERE account_id = gone.account_id)
         LIMIT $1)",
];
