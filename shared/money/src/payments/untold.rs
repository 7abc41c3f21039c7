//! Payments of which their person does not know yet that we have them: they had blocked the bot.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::ledger::{self, Ticket};
use uuid::Uuid;

use super::messages::PaymentSuccess;
use super::model::PaymentStatus;
use schema::payments;

/// Tells a person who is back of what they have paid for and still have. `chat_id` is their chat.
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
    Ok(tickets)
}
