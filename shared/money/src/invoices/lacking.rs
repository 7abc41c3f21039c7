//! What a process of the previous release has settled without invoices.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::config::Terms;
use super::issue;
use crate::payments::model::{Payment, PaymentStatus};
use schema::payments;

/// Where the next look begins: behind this moment, and this payment.
pub type Place = (DateTime<Utc>, Uuid);

/// Before everything.
pub const START: Place = (DateTime::UNIX_EPOCH, Uuid::nil());

/// Payments that lack their invoice, or the credit note of an invoice, in the order in which their money came.
const LACKING: &str = "SELECT id, came FROM payments,
         LATERAL (SELECT COALESCE(paid_at, processed_at, created_at) AS came,
             (SELECT sum(CASE kind WHEN 'invoice' THEN total_minor ELSE -total_minor END)
              FROM invoices WHERE payment_id = payments.id) AS invoiced) AS of
     WHERE period_start IS NOT NULL AND (came, id) > ($1, $2) AND CASE status
         WHEN 'succeeded' THEN invoiced IS NULL
         WHEN 'refunded' THEN invoiced > 0
         ELSE FALSE END
     ORDER BY came, id LIMIT $3";

#[derive(QueryableByName)]
struct Lacking {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    came: DateTime<Utc>,
}

/// See [`LACKING`].
///
/// # Errors
/// Those of the database.
pub async fn lacking(
    conn: &mut AsyncPgConnection,
    after: Place,
    limit: i64,
) -> QueryResult<Vec<Place>> {
    let rows: Vec<Lacking> = diesel::sql_query(LACKING)
        .bind::<Timestamptz, _>(after.0)
        .bind::<SqlUuid, _>(after.1)
        .bind::<BigInt, _>(limit)
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.came, row.id)).collect())
}

/// Issues what a payment lacks, which is locked to the end of the transaction.
///
/// # Errors
/// Those of the database.
pub async fn catch_up(
    conn: &mut AsyncPgConnection,
    payment_id: Uuid,
    terms: &Terms,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let payment = payments::table.find(payment_id).for_update();
    let payment: Payment = payment.select(Payment::as_select()).first(conn).await?;
    let kept = match payment.status {
        PaymentStatus::Succeeded => payment.amount - payment.returned,
        _ => Decimal::ZERO,
    };
    let window = payment.window();
    issue::level(conn, &payment, window.as_ref(), kept, terms, now).await
}
