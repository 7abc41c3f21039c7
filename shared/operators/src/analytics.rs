//! What happened, counted by day from the outbox (`events`). A day is one of UTC, also where persons live elsewhere.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;

/// The most days that are counted at once; events are kept for about as long.
const DAYS_MAX: i64 = 400;

/// The days from one to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// The years of days that can be asked for: Postgres knows less than chrono.
const YEARS: std::ops::Range<i32> = 2000..3000;

impl Range {
    /// The days that are asked for; what is left out: the 30 days that end with `today`.
    ///
    /// # Errors
    /// E105 for a range that ends before it begins, or is too long.
    pub fn of(
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
        today: NaiveDate,
    ) -> Result<Self, Error> {
        let to = to.unwrap_or(today);
        for (name, day) in [("to", Some(to)), ("from", from)] {
            if day.is_some_and(|day| !YEARS.contains(&day.year())) {
                return Err(Error::invalid(name, "must be a day from 2000 to 2999"));
            }
        }
        let from = from.unwrap_or_else(|| to - chrono::Days::new(29));
        let days = (to - from).num_days() + 1;
        match (1..=DAYS_MAX).contains(&days) {
            true => Ok(Self { from, to }),
            false => Err(Error::invalid(
                "from",
                format!("must be a day not after `to`, and at most {DAYS_MAX} days with it"),
            )),
        }
    }
}

/// What happened on a day.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Day {
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    /// Persons who were seen for the first time.
    #[diesel(sql_type = BigInt)]
    pub signed_up: i64,
    /// Persons whose data was deleted.
    #[diesel(sql_type = BigInt)]
    pub deleted: i64,
    /// Different persons who signed in, asked for a reading or used a key.
    #[diesel(sql_type = BigInt)]
    pub active: i64,
    /// Readings that were accepted.
    #[diesel(sql_type = BigInt)]
    pub readings: i64,
    #[diesel(sql_type = BigInt)]
    pub completed: i64,
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
}

const DAYS: &str = "
    WITH facts AS (
        SELECT (occurred_at AT TIME ZONE 'UTC')::date AS day, name, user_id, data ->> 'state' AS state FROM events
        WHERE occurred_at >= $1::date::timestamp AT TIME ZONE 'UTC'
          AND occurred_at < ($2::date + 1)::timestamp AT TIME ZONE 'UTC')
    SELECT days.day::date AS day,
        count(*) FILTER (WHERE name = 'person.created') AS signed_up,
        count(*) FILTER (WHERE name = 'person.deleted') AS deleted,
        count(DISTINCT user_id) FILTER (WHERE name IN ('person.signed_in', 'reading.created', 'key.used')) AS active,
        count(*) FILTER (WHERE name = 'reading.created') AS readings,
        count(*) FILTER (WHERE name = 'reading.ended' AND state = 'completed') AS completed,
        count(*) FILTER (WHERE name = 'reading.ended' AND state = 'failed') AS failed
    FROM generate_series($1::date::timestamp, $2::date::timestamp, interval '1 day') AS days (day)
    LEFT JOIN facts ON facts.day = days.day::date
    GROUP BY days.day ORDER BY days.day";

/// Every day of a range, also those without events.
///
/// # Errors
/// Those of the database.
pub async fn days(conn: &mut AsyncPgConnection, range: Range) -> QueryResult<Vec<Day>> {
    let days = diesel::sql_query(DAYS).bind::<Date, _>(range.from);
    days.bind::<Date, _>(range.to).load(conn).await
}

/// Different persons who were active, as [`Day::active`] counts them, in the last 24 hours, 7 days and 30 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Active {
    #[diesel(sql_type = BigInt)]
    pub daily: i64,
    #[diesel(sql_type = BigInt)]
    pub weekly: i64,
    #[diesel(sql_type = BigInt)]
    pub monthly: i64,
}

const ACTIVE: &str = "
    SELECT count(DISTINCT user_id) FILTER (WHERE occurred_at > $1::timestamptz - interval '1 day') AS daily,
        count(DISTINCT user_id) FILTER (WHERE occurred_at > $1::timestamptz - interval '7 days') AS weekly,
        count(DISTINCT user_id) AS monthly
    FROM events WHERE name IN ('person.signed_in', 'reading.created', 'key.used')
      AND occurred_at > $1::timestamptz - interval '30 days' AND occurred_at <= $1::timestamptz";

/// How many persons are active at `now`.
///
/// # Errors
/// Those of the database.
pub async fn active(conn: &mut AsyncPgConnection, now: DateTime<Utc>) -> QueryResult<Active> {
    let active = diesel::sql_query(ACTIVE).bind::<Timestamptz, _>(now);
    active.get_result(conn).await
}

/// Money of a day, a provider and a currency.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Money {
    #[diesel(sql_type = Date)]
    pub day: NaiveDate,
    #[diesel(sql_type = Text)]
    pub provider: String,
    #[diesel(sql_type = Text)]
    pub currency: String,
    /// Payments that succeeded.
    #[diesel(sql_type = BigInt)]
    pub paid: i64,
    /// Their sum, in the smallest unit of the currency.
    #[diesel(sql_type = BigInt)]
    pub paid_amount: i64,
    /// Payments that were given back as a whole.
    #[diesel(sql_type = BigInt)]
    pub refunded: i64,
    /// Their sum, in the smallest unit of the currency.
    #[diesel(sql_type = BigInt)]
    pub refunded_amount: i64,
}

const MONEY: &str = "
    WITH moved AS (
        SELECT (occurred_at AT TIME ZONE 'UTC')::date AS day, data ->> 'provider' AS provider,
            data ->> 'currency' AS currency, data ->> 'to' AS state, (data ->> 'amount')::bigint AS amount
        FROM events
        WHERE name = 'payment.moved' AND data ->> 'to' IN ('succeeded', 'refunded')
          AND occurred_at >= $1::date::timestamp AT TIME ZONE 'UTC'
          AND occurred_at < ($2::date + 1)::timestamp AT TIME ZONE 'UTC')
    SELECT day, provider, currency,
        count(*) FILTER (WHERE state = 'succeeded') AS paid,
        COALESCE(sum(amount) FILTER (WHERE state = 'succeeded'), 0)::bigint AS paid_amount,
        count(*) FILTER (WHERE state = 'refunded') AS refunded,
        COALESCE(sum(amount) FILTER (WHERE state = 'refunded'), 0)::bigint AS refunded_amount
    FROM moved GROUP BY day, provider, currency ORDER BY day, provider, currency";

/// The money of a range, of the days, providers and currencies that had any.
///
/// # Errors
/// Those of the database.
pub async fn money(conn: &mut AsyncPgConnection, range: Range) -> QueryResult<Vec<Money>> {
    let money = diesel::sql_query(MONEY).bind::<Date, _>(range.from);
    money.bind::<Date, _>(range.to).load(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_range_has_thirty_days_unless_others_are_asked_for_and_400_at_most() {
        let today = day("2026-03-01");
        let range = Range::of(None, None, today).expect("the default");
        assert_eq!((range.from, range.to), (day("2026-01-31"), today));
        let of = |from: &str, to: &str| Range::of(Some(day(from)), Some(day(to)), today);
        assert!(of("2026-03-01", "2026-03-01").is_ok());
        assert!(of("2025-01-26", "2026-03-01").is_ok());
        assert!(of("2025-01-25", "2026-03-01").is_err());
        assert!(of("2026-03-02", "2026-03-01").is_err());
    }
}
