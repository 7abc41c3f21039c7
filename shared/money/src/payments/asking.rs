//! The reconciler: which payments their vendors are asked about, and when. Notifications may be lost.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::model::{Payment, PaymentStatus};
use jobs::cron::Schedule;
use jobs::{Entry, Job, Queue};
use schema::payments;

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<AskVendors>(), Entry::of::<AskAgain>()];

pub(crate) const OPEN: Schedule = Schedule::of::<AskVendors>("40 * * * * *");
pub(crate) const PAID: Schedule = Schedule::of::<AskAgain>("0 10 4 * * *");

/// When a vendor is asked about an order that waits for its money, in seconds after its creation: 1, 5 and 15 minutes,
/// 1, 6 and 24 hours; two days for one that was refused, whose page can still be paid at.
const ASKED_AFTER: [i64; 7] = [60, 300, 900, 3_600, 21_600, 86_400, 172_800];

/// For how long a vendor is asked each day about a payment that was made: its money may go back.
const ASKED_AGAIN_FOR: TimeDelta = TimeDelta::days(40);

/// For how long a vendor is asked each day about a payment that was given up or refused.
const PAYABLE_FOR: TimeDelta = TimeDelta::days(8);

/// Asks vendors about orders that wait for their money and are due. Running it twice asks twice, and changes nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskVendors {}

/// Asks vendors about what was paid or given back in the last 40 days, or given up in the last 8. Running it twice changes
/// nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskAgain {}

impl Job for AskVendors {
    const KIND: &'static str = "money.ask_vendors.v1";
    const QUEUE: Queue = super::QUEUE;
    const MAX_ATTEMPTS: u16 = 3;
    const TIMEOUT: Duration = Duration::from_secs(900);

    fn subject(&self) -> Option<Uuid> {
        None
    }

    /// One at a time.
    fn dedupe_key(&self) -> Option<String> {
        Some(String::new())
    }
}

impl Job for AskAgain {
    const KIND: &'static str = "money.ask_again.v1";
    const QUEUE: Queue = super::QUEUE;
    const MAX_ATTEMPTS: u16 = 3;
    const TIMEOUT: Duration = Duration::from_secs(3_600);

    fn subject(&self) -> Option<Uuid> {
        None
    }

    /// One at a time.
    fn dedupe_key(&self) -> Option<String> {
        Some(String::new())
    }
}

const TAKE_TURN: &str = "UPDATE payments SET looked_at = $2
    WHERE id = $1 AND status = 'pending' AND (looked_at IS NULL OR looked_at <= $2::timestamptz - interval '10 seconds')";

/// Whether the vendor may be asked now about a payment that its person looks at: once in ten seconds, by all processes.
///
/// # Errors
/// Those of the database.
pub async fn take_turn(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let turn = diesel::sql_query(TAKE_TURN)
        .bind::<SqlUuid, _>(id)
        .bind::<Timestamptz, _>(now);
    Ok(turn.execute(conn).await? == 1)
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// What other processes hold is passed over. The next time is set before the vendor is asked: one that is away is asked
/// then.
const TAKE_DUE: &str = "UPDATE payments SET asks = asks + 1, ask_at = (
        SELECT min(created_at + make_interval(secs => step)) FROM unnest($2::bigint[]) AS step
        WHERE created_at + make_interval(secs => step) > $1)
    WHERE id IN (
        SELECT id FROM payments
        WHERE ask_at <= $1 AND status IN ('pending', 'failed') AND provider::text <> ALL($3)
        ORDER BY ask_at LIMIT $4 FOR UPDATE SKIP LOCKED)
    RETURNING id";

/// Takes some payments that are due, in one statement, without those of the providers `away`. `None`: there are none.
///
/// # Errors
/// Those of the database.
pub async fn take_due(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    away: &[&str],
    limit: i64,
) -> QueryResult<Option<Vec<Payment>>> {
    let taken: Vec<Taken> = diesel::sql_query(TAKE_DUE)
        .bind::<Timestamptz, _>(now)
        .bind::<Array<BigInt>, _>(ASKED_AFTER.as_slice())
        .bind::<Array<Text>, _>(away)
        .bind::<BigInt, _>(limit)
        .load(conn)
        .await?;
    if taken.is_empty() {
        return Ok(None);
    }
    // One that was refused before the vendor had a page for it cannot be paid.
    let payable = payments::status
        .eq(PaymentStatus::Pending)
        .or(payments::external_id.is_not_null());
    payments::table
        .filter(payments::id.eq_any(taken.iter().map(|one| one.id)))
        .filter(payable)
        .order(payments::id)
        .select(Payment::as_select())
        .load(conn)
        .await
        .map(Some)
}

/// Some payments that vendors are asked about each day, the oldest first; those behind `after`: whose money has come or gone
/// back in the last 40 days, and those that were given up or refused, whose page may still be paid at.
///
/// # Errors
/// Those of the database.
pub async fn to_ask_again(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Payment>> {
    let found: Vec<Taken> = diesel::sql_query(TO_ASK_AGAIN)
        .bind::<Timestamptz, _>(now - ASKED_AGAIN_FOR)
        .bind::<Timestamptz, _>(now - PAYABLE_FOR)
        .bind::<Text, _>(vendors::codes::PAYMENT_PROVIDER_ERROR.as_str())
        .bind::<SqlUuid, _>(after.unwrap_or_default())
        .bind::<BigInt, _>(limit)
        .load(conn)
        .await?;
    payments::table
        .filter(payments::id.eq_any(found.iter().map(|one| one.id)))
        .order(payments::id)
        .select(Payment::as_select())
        .load(conn)
        .await
}

/// Some payments that wait for their money, due or not, in the order of their ids; those behind `after`.
///
/// # Errors
/// Those of the database.
pub async fn open(
    conn: &mut AsyncPgConnection,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Payment>> {
    payments::table
        .filter(payments::status.eq(PaymentStatus::Pending))
        .filter(payments::id.gt(after.unwrap_or_default()))
        .order(payments::id)
        .limit(limit)
        .select(Payment::as_select())
        .load(conn)
        .await
}

/// A refund may fail after weeks, and a dispute be won. One that was refused before its vendor had a page cannot be paid.
const TO_ASK_AGAIN: &str = "SELECT id FROM payments
    WHERE id > $4 AND (status = 'succeeded' AND created_at >= $1 OR status = 'refunded' AND processed_at >= $1
        OR status IN ('canceled', 'failed') AND created_at >= $2 AND error_code IS DISTINCT FROM $3)
    ORDER BY id LIMIT $5";

/// How many payments of a provider are pending.
#[derive(Clone, Debug, QueryableByName)]
pub struct Pending {
    #[diesel(sql_type = Text)]
    pub provider: String,
    /// One of [`AGES`].
    #[diesel(sql_type = Text)]
    pub age: String,
    #[diesel(sql_type = BigInt)]
    pub payments: i64,
}

/// How old pending payments are: less than an hour, less than a day, and more.
pub const AGES: [&str; 3] = ["hour", "day", "older"];

const PENDING: &str = "SELECT provider::text AS provider, CASE WHEN created_at > $1::timestamptz - interval '1 hour' THEN 'hour'
        WHEN created_at > $1::timestamptz - interval '1 day' THEN 'day' ELSE 'older' END AS age, count(*) AS payments
    FROM payments WHERE status = 'pending' GROUP BY 1, 2";

/// The pending payments by provider and age.
///
/// # Errors
/// Those of the database.
pub async fn pending(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Pending>> {
    let all = diesel::sql_query(PENDING).bind::<Timestamptz, _>(now);
    all.load(conn).await
}
