//! An operator wants to give money back.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use jobs::ledger::{self, Ticket};
use kernel::Error;
use kernel::currencies::minor;
use uuid::Uuid;

use super::jobs::GiveBack;
use super::model::{Refund, RefundState, Wish};
use super::{queries, rules};
use crate::payments::queries as payments;

/// Writes the refund and its job, in the caller's transaction. What is on its way and what has gone back is never more than
/// what was paid: one request after the other, by the payment's lock.
///
/// # Errors
/// `NotFound` for an unknown payment, E105 for a sum that is none of its currency, E602 (409) for more than is left.
pub async fn request(
    conn: &mut AsyncPgConnection,
    wish: Wish,
    asked_by: &str,
    now: DateTime<Utc>,
) -> Result<(Refund, Ticket), Error> {
    let payment = payments::locked(conn, wish.payment_id).await?;
    let payment = payment.ok_or(Error::NotFound("payment"))?;
    let own = queries::of_payment(conn, payment.id).await?;
    let left = rules::left(&payment, &own).map_err(|why| Error::Conflict(why.to_owned()))?;
    let amount = wish.amount.unwrap_or(left);
    if wish.amount.is_some() && minor(amount, &payment.currency).is_none_or(|sum| sum <= 0) {
        let why = "must be more than 0, in the units of the payment's currency";
        return Err(Error::invalid("amount", why));
    }
    if amount > left || left.is_zero() {
        let why = format!(
            "{} {} of this payment can still go back",
            left.normalize(),
            payment.currency
        );
        return Err(Error::Conflict(why));
    }
    let id = Uuid::now_v7();
    let refund = Refund {
        id,
        payment_id: payment.id,
        amount,
        whole: amount == payment.amount,
        currency: payment.currency,
        reason: wish.reason,
        state: RefundState::Requested,
        key: format!("refund:{id}"),
        number: None,
        accepted: false,
        gone_before: payment.returned,
        asked_by: asked_by.to_owned(),
        error: None,
        created_at: now,
        asked_at: None,
        ended_at: None,
    };
    queries::create(conn, &refund).await?;
    let ticket = ledger::enqueue(conn, &GiveBack { refund_id: id }).await?;
    Ok((refund, ticket))
}
