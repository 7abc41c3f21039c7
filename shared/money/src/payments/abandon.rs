//! Payments that were not made in time. The vendor is asked before one is given up: a notification may have been lost.

use audit::model::Origin;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Payment, PaymentStatus};
use super::queries;
use crate::subscriptions;
use schema::payments;
use vendors::codes::PAYMENT_PROVIDER_ERROR;

/// The time to pay on a payment page. A later payment is granted all the same.
pub const PATIENCE: TimeDelta = TimeDelta::hours(24);

/// For how long a vendor is asked about a payment that it has refused: the page of it can still be paid at, unless the
/// vendor has made none.
const REFUSED_FOR: TimeDelta = TimeDelta::days(1);

/// Some payments from before `until` that have not been made, the oldest first; those behind `after`. They are pending,
/// or were refused a short time ago.
///
/// # Errors
/// Those of the database.
pub async fn old(
    conn: &mut AsyncPgConnection,
    until: DateTime<Utc>,
    after: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Payment>> {
    let refused = payments::status
        .eq(PaymentStatus::Failed)
        .and(payments::error_code.ne(PAYMENT_PROVIDER_ERROR.as_str()))
        .and(payments::created_at.ge(until - REFUSED_FOR));
    payments::table
        .filter(payments::status.eq(PaymentStatus::Pending).or(refused))
        .filter(payments::created_at.lt(until))
        .filter(payments::id.gt(after.unwrap_or_default()))
        .order(payments::id)
        .limit(limit)
        .select(Payment::as_select())
        .load(conn)
        .await
}

/// Gives up a payment of which the vendor knows no money, in the caller's transaction; `false`: it is pending no more.
///
/// # Errors
/// Those of the database.
pub async fn abandon(conn: &mut AsyncPgConnection, payment: &Payment) -> QueryResult<bool> {
    if let Some(user_id) = payment.user_id {
        subscriptions::queries::lock(conn, user_id).await?;
    }
    let pending: Option<Payment> = payments::table
        .find(payment.id)
        .filter(payments::status.eq(PaymentStatus::Pending))
        .select(Payment::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    let Some(pending) = pending else {
        return Ok(false);
    };
    let (status, origin) = (PaymentStatus::Canceled, Origin::own("worker"));
    let why = "not paid in time".to_owned();
    let fault = Some((crate::codes::PAYMENT_CANCELED, why));
    queries::close(conn, &pending, status, fault, &origin, "payment_canceled").await?;
    Ok(true)
}
