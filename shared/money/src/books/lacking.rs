//! What the books lack: entries that a process of the previous release has left out.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{queries, rules};
use crate::payments::model::{Payment, PaymentStatus};
use schema::payments;

/// Payments from `after` on that the books lack something of, in the order of their ids: their coming, their going back, or
/// what was earned of them before this month ($2), or by their end.
const LACKING: &str = "SELECT id AS payment_id FROM payments,
         LATERAL (SELECT CASE WHEN period_end <= $3 THEN period_end ELSE $2 END AS cut,
             EXISTS (SELECT FROM book_entries WHERE source = 'payment:' || payments.id || ':paid') AS is_booked) AS of
     WHERE id > $1 AND period_start IS NOT NULL AND CASE status
         WHEN 'succeeded' THEN NOT is_booked OR period_start < cut AND NOT EXISTS (
             SELECT FROM book_entries WHERE payment_id = payments.id AND kind = 'earned' AND happened_at >= cut)
         WHEN 'refunded' THEN is_booked AND 0 <> (
             SELECT sum(minor) FROM book_entries JOIN book_postings ON entry_id = book_entries.id
             WHERE payment_id = payments.id AND source LIKE 'payment:%' AND account LIKE 'clearing:%')
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
pub async fn payments(
    conn: &mut AsyncPgConnection,
    after: Uuid,
    now: DateTime<Utc>,
    limit: i64,
) -> QueryResult<Vec<Uuid>> {
    let rows: Vec<Lacking> = diesel::sql_query(LACKING)
        .bind::<SqlUuid, _>(after)
        .bind::<Timestamptz, _>(rules::first_of_month(now))
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
            queries::paid(conn, &payment, now).await?;
            queries::level(conn, &payment, (payment.returned, payment.disputed), now).await?;
            let Some(window) = payment.window() else {
                return Ok(());
            };
            queries::earn(conn, &payment, rules::cut(now, window.until)).await
        }
        PaymentStatus::Refunded => {
            queries::level(conn, &payment, (payment.amount, Decimal::ZERO), now).await
        }
        PaymentStatus::Pending | PaymentStatus::Failed | PaymentStatus::Canceled => Ok(()),
    }
}
