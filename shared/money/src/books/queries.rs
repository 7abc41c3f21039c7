//! SQL over `book_entries` and `book_postings`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::currencies::minor;
use super::rules::Booked;
use crate::payments::model::{Event, Payment, PaymentProvider, PaymentStatus};
use crate::payments::queries::clean;
use schema::{book_entries, book_postings, payments};

/// Where an entry comes from.
struct Source {
    name: String,
    payment_id: Option<Uuid>,
    provider: PaymentProvider,
    currency: String,
    happened_at: DateTime<Utc>,
}

/// Writes an entry, once a source.
async fn write(conn: &mut AsyncPgConnection, source: &Source, booked: Booked) -> QueryResult<()> {
    let postings = booked.postings(source.provider);
    if postings.is_empty() {
        return Ok(());
    }
    let id = Uuid::now_v7();
    let new = diesel::insert_into(book_entries::table)
        .values((
            book_entries::id.eq(id),
            book_entries::kind.eq(booked.kind()),
            book_entries::source.eq(&source.name),
            book_entries::payment_id.eq(source.payment_id),
            book_entries::happened_at.eq(source.happened_at),
        ))
        .on_conflict(book_entries::source)
        .do_nothing()
        .execute(conn)
        .await?;
    if new == 0 {
        return Ok(());
    }
    let rows: Vec<_> = postings
        .into_iter()
        .map(|(account, minor)| {
            (
                book_postings::entry_id.eq(id),
                book_postings::account.eq(account.name()),
                book_postings::currency.eq(&source.currency),
                book_postings::minor.eq(minor),
            )
        })
        .collect();
    diesel::insert_into(book_postings::table)
        .values(rows)
        .execute(conn)
        .await
        .map(|_| ())
}

fn of_payment(payment: &Payment, what: &str, happened_at: DateTime<Utc>) -> Source {
    Source {
        name: format!("payment:{}:{what}", payment.id),
        payment_id: Some(payment.id),
        provider: payment.provider,
        currency: payment.currency.clone(),
        happened_at,
    }
}

/// The sum of a payment; the column keeps two decimals, and every price has those of its currency.
fn sum(payment: &Payment) -> i64 {
    minor(payment.amount, &payment.currency).unwrap_or_else(|| {
        tracing::error!(payment_id = %payment.id, amount = %payment.amount, currency = payment.currency,
            "the sum of a payment is none of its currency and is not in the books");
        0
    })
}

/// Money came and was granted.
///
/// # Errors
/// Those of the database.
pub async fn paid(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let source = of_payment(payment, "paid", payment.paid_at().unwrap_or(now));
    write(conn, &source, Booked::Paid(sum(payment))).await
}

/// A payment went back: what stands in the books for it is undone. Nothing for one that never came.
///
/// # Errors
/// Those of the database.
pub async fn returned(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if !has_entry(conn, &format!("payment:{}:paid", payment.id)).await? {
        return Ok(());
    }
    let earned = booked_as_earned(conn, payment.id).await?;
    let sum = sum(payment);
    let source = of_payment(payment, "returned", payment.refunded_at().unwrap_or(now));
    write(conn, &source, Booked::Returned { sum, earned }).await
}

/// Of the time of a payment, this much is over at `until`.
///
/// # Errors
/// Those of the database.
pub async fn earn(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    until: DateTime<Utc>,
) -> QueryResult<()> {
    let Some(window) = payment.window() else {
        return Ok(());
    };
    let before = booked_as_earned(conn, payment.id).await?;
    let more = super::rules::earned(sum(payment), (window.from, window.until), until) - before;
    if more <= 0 {
        return Ok(());
    }
    let source = of_payment(
        payment,
        &format!("earned:{}", until.format("%FT%TZ")),
        until,
    );
    write(conn, &source, Booked::Earned(more)).await
}

/// How much of a payment is booked as earned.
const EARNED: &str = "SELECT COALESCE(sum(minor), 0)::bigint AS minor
     FROM book_entries JOIN book_postings ON entry_id = id
     WHERE payment_id = $1 AND kind = 'earned' AND account = 'deferred'";

#[derive(QueryableByName)]
struct Sum {
    #[diesel(sql_type = BigInt)]
    minor: i64,
}

async fn booked_as_earned(conn: &mut AsyncPgConnection, payment: Uuid) -> QueryResult<i64> {
    let earned = diesel::sql_query(EARNED).bind::<SqlUuid, _>(payment);
    earned.get_result::<Sum>(conn).await.map(|sum| sum.minor)
}

/// Money came for which nothing is given.
///
/// # Errors
/// Those of the database.
pub async fn came_astray(
    conn: &mut AsyncPgConnection,
    event: &Event,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let Some(sum) = sum_of_event(event) else {
        return Ok(());
    };
    let source = of_charge(event, "came", now);
    write(conn, &source, Booked::Astray(sum)).await
}

/// Money went back that is no payment of ours: it came astray, or its coming was never told.
///
/// # Errors
/// Those of the database.
pub async fn went_astray(
    conn: &mut AsyncPgConnection,
    event: &Event,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let Some(sum) = sum_of_event(event) else {
        return Ok(());
    };
    let source = of_charge(event, "went", now);
    write(conn, &source, Booked::AstrayReturned(sum)).await
}

/// Whether a charge stands in the books as money astray.
///
/// # Errors
/// Those of the database.
pub async fn is_astray(conn: &mut AsyncPgConnection, event: &Event) -> QueryResult<bool> {
    has_entry(conn, &of_charge(event, "came", DateTime::UNIX_EPOCH).name).await
}

async fn has_entry(conn: &mut AsyncPgConnection, source: &str) -> QueryResult<bool> {
    let entry = book_entries::table.filter(book_entries::source.eq(source));
    diesel::select(diesel::dsl::exists(entry))
        .get_result(conn)
        .await
}

/// `None`: no sum of a currency, which no account can hold.
fn sum_of_event(event: &Event) -> Option<i64> {
    minor(event.amount, &event.currency).filter(|sum| *sum > 0)
}

fn of_charge(event: &Event, what: &str, happened_at: DateTime<Utc>) -> Source {
    let charge = clean(&event.external_id, 255);
    Source {
        name: format!("charge:{}:{charge}:{what}", event.provider.as_str()),
        payment_id: event.order_id.parse().ok(),
        provider: event.provider,
        currency: event.currency.clone(),
        happened_at,
    }
}

/// Payments from `after` on that the books lack something of, in the order of their ids: their coming, their going back, or
/// what was earned of them before this month ($2), or by their end.
const LACKING: &str = "SELECT id AS payment_id FROM payments,
         LATERAL (SELECT CASE WHEN period_end <= $3 THEN period_end ELSE $2 END AS cut,
             EXISTS (SELECT FROM book_entries WHERE source = 'payment:' || payments.id || ':paid') AS is_booked) AS of
     WHERE id > $1 AND period_start IS NOT NULL AND CASE status
         WHEN 'succeeded' THEN NOT is_booked OR period_start < cut AND NOT EXISTS (
             SELECT FROM book_entries WHERE payment_id = payments.id AND kind = 'earned' AND happened_at >= cut)
         WHEN 'refunded' THEN is_booked AND NOT EXISTS (
             SELECT FROM book_entries WHERE source = 'payment:' || payments.id || ':returned')
         ELSE FALSE END
     ORDER BY id LIMIT $4";

#[derive(QueryableByName)]
struct Lacking {
    #[diesel(sql_type = SqlUuid)]
    payment_id: Uuid,
}

/// See [`LACKING`].
///
/// # Errors
/// Those of the database.
pub async fn lacking(
    conn: &mut AsyncPgConnection,
    after: Uuid,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Uuid>> {
    let rows: Vec<Lacking> = diesel::sql_query(LACKING)
        .bind::<SqlUuid, _>(after)
        .bind::<Timestamptz, _>(super::rules::first_of_month(now))
        .bind::<Timestamptz, _>(now)
        .bind::<BigInt, _>(limit)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|row| row.payment_id).collect())
}

/// Books what is lacking of a payment, which is locked to the end of the transaction.
///
/// # Errors
/// Those of the database.
pub async fn catch_up(
    conn: &mut AsyncPgConnection,
    payment_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let payment = payments::table.find(payment_id).for_update();
    let payment = payment.select(Payment::as_select()).first(conn).await?;
    match payment.status {
        PaymentStatus::Succeeded => {
            paid(conn, &payment, now).await?;
            let Some(window) = payment.window() else {
                return Ok(());
            };
            earn(conn, &payment, super::rules::cut(now, window.until)).await
        }
        PaymentStatus::Refunded => returned(conn, &payment, now).await,
        PaymentStatus::Pending | PaymentStatus::Failed | PaymentStatus::Canceled => Ok(()),
    }
}

/// Of what the books and the payments say of each vendor and currency.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName, Serialize)]
pub struct Compared {
    #[diesel(sql_type = Text)]
    pub provider: String,
    #[diesel(sql_type = Text)]
    pub currency: String,
    /// The vendor's accounts in the books, without what came astray.
    #[diesel(sql_type = BigInt)]
    pub booked: i64,
    /// What has succeeded, in whole units.
    #[diesel(sql_type = Numeric)]
    pub paid: Decimal,
    /// What came astray and has not gone back.
    #[diesel(sql_type = BigInt)]
    pub astray: i64,
}

impl Compared {
    /// What the books say too much; 0 as long as they are right.
    pub fn difference(&self) -> i64 {
        minor(self.paid, &self.currency).map_or(i64::MAX, |paid| self.booked - paid)
    }
}

/// One statement, so of one moment.
const COMPARE: &str = "
     WITH booked AS (
         SELECT split_part(account, ':', 2) AS provider, currency, sum(minor)::bigint AS minor,
             -COALESCE(sum(minor) FILTER (WHERE account LIKE 'suspense:%'), 0)::bigint AS astray
         FROM book_postings WHERE account LIKE 'clearing:%' OR account LIKE 'suspense:%' GROUP BY 1, 2),
     paid AS (
         SELECT provider::text, currency::text, sum(amount) AS whole FROM payments
         WHERE status = 'succeeded' AND period_start IS NOT NULL GROUP BY 1, 2)
     SELECT provider, currency, COALESCE(minor, 0) AS booked, COALESCE(whole, 0) AS paid, COALESCE(astray, 0) AS astray
     FROM booked FULL JOIN paid USING (provider, currency) ORDER BY 1, 2";

/// Compares the books with the payments.
///
/// # Errors
/// Those of the database.
pub async fn compare(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Compared>> {
    diesel::sql_query(COMPARE).load(conn).await
}
