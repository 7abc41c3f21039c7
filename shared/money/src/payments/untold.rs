//! News of money that did not reach their person, who had blocked the bot.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::ledger::{self, Ticket};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::messages::{PaymentPartlyRefunded, PaymentRefunded, PaymentRefused, PaymentSuccess};
use super::model::PaymentStatus;
use crate::subscriptions::messages::PlanEnded;
use crate::subscriptions::model::SubscriptionTier;
use schema::{payments, subscriptions};

/// Tells a person who is back of what they have paid for and still have, of payments that were refused or went
/// back, and of a plan that has ended. `chat_id` is their chat.
///
/// # Errors
/// Those of the database.
pub async fn tell(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    chat_id: i64,
) -> QueryResult<Vec<Ticket>> {
    let untold: Vec<Uuid> = payments::table
        .filter(payments::user_id.eq(user_id))
        .filter(payments::status.eq(PaymentStatus::Succeeded))
        .filter(payments::told_at.is_null())
        .filter(payments::period_end.gt(diesel::dsl::now))
        .order(payments::id)
        .select(payments::id)
        .load(conn)
        .await?;
    let mut tickets = Vec::new();
    for payment_id in untold {
        let job = PaymentSuccess {
            user_id,
            payment_id,
            chat_id,
        };
        tickets.push(ledger::enqueue(conn, &job).await?);
    }
    tickets.extend(ends(conn, user_id, chat_id).await?);
    tickets.extend(plan_end(conn, user_id, chat_id).await?);
    Ok(tickets)
}

/// Keeps that a person does not know yet how a payment has ended.
///
/// # Errors
/// Those of the database.
pub async fn keep_end(conn: &mut AsyncPgConnection, payment_id: Uuid) -> QueryResult<()> {
    diesel::update(payments::table.find(payment_id))
        .set(payments::end_missed_at.eq(diesel::dsl::now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Keeps that a person does not know yet that this plan of theirs has ended.
///
/// # Errors
/// Those of the database.
pub async fn keep_plan_end(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    tier: SubscriptionTier,
) -> QueryResult<()> {
    diesel::update(subscriptions::table.filter(subscriptions::user_id.eq(user_id)))
        .set(subscriptions::end_missed_of.eq(tier))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Payments that were refused or went back.
async fn ends(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    chat_id: i64,
) -> QueryResult<Vec<Ticket>> {
    let missed = payments::table
        .filter(payments::user_id.eq(user_id))
        .filter(payments::end_missed_at.is_not_null());
    let mut missed: Vec<(Uuid, PaymentStatus, Decimal)> = diesel::update(missed)
        .set(payments::end_missed_at.eq(None::<chrono::DateTime<chrono::Utc>>))
        .returning((payments::id, payments::status, payments::returned))
        .get_results(conn)
        .await?;
    missed.sort_unstable_by_key(|(id, ..)| *id);
    let mut tickets = Vec::new();
    for (payment_id, status, returned) in missed {
        let ticket = match status {
            PaymentStatus::Failed => {
                let job = PaymentRefused {
                    user_id,
                    payment_id,
                    chat_id,
                };
                ledger::enqueue(conn, &job).await?
            }
            PaymentStatus::Refunded => {
                let job = PaymentRefunded {
                    user_id,
                    payment_id,
                    chat_id,
                };
                ledger::enqueue(conn, &job).await?
            }
            PaymentStatus::Succeeded if !returned.is_zero() => {
                let job = PaymentPartlyRefunded {
                    user_id,
                    payment_id,
                    chat_id,
                };
                ledger::enqueue(conn, &job).await?
            }
            // Paid after all.
            _ => continue,
        };
        tickets.push(ticket);
    }
    Ok(tickets)
}

async fn plan_end(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    chat_id: i64,
) -> QueryResult<Option<Ticket>> {
    let missed = subscriptions::table
        .filter(subscriptions::user_id.eq(user_id))
        .filter(subscriptions::end_missed_of.is_not_null());
    let ended: Option<SubscriptionTier> = missed
        .select(subscriptions::end_missed_of.assume_not_null())
        .first(conn)
        .await
        .optional()?;
    let Some(tier) = ended else { return Ok(None) };
    diesel::update(missed)
        .set(subscriptions::end_missed_of.eq(None::<SubscriptionTier>))
        .execute(conn)
        .await?;
    let job = PlanEnded {
        user_id,
        tier,
        chat_id,
    };
    Ok(Some(ledger::enqueue(conn, &job).await?))
}
