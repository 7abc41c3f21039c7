//! SQL over `payments` and `payment_events`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Event, NewPayment, Outcome, Payment, PaymentStatus};
use crate::facts::PaymentMoved;
use crate::subscriptions::rules::Window;
use audit::model::{Change, Origin};
use kernel::error::ErrorCode;
use schema::{payment_events, payments};

/// Writes the intent to pay.
///
/// # Errors
/// Those of the database.
pub async fn create(conn: &mut AsyncPgConnection, new: &NewPayment) -> QueryResult<()> {
    diesel::insert_into(payments::table)
        .values(new)
        .execute(conn)
        .await
        .map(|_| ())
}

/// One payment.
///
/// # Errors
/// Those of the database.
pub async fn find(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Payment>> {
    let payment = payments::table.find(id).select(Payment::as_select());
    payment.first(conn).await.optional()
}

/// The newest payments of a person; `before`: older than this one.
///
/// # Errors
/// Those of the database.
pub async fn newest(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Payment>> {
    let mut query = payments::table
        .filter(payments::user_id.eq(user_id))
        .order(payments::id.desc())
        .limit(limit)
        .select(Payment::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(payments::id.lt(before));
    }
    query.load(conn).await
}

/// The vendor has taken the order: its number of it, if it gives one before it is paid, and its
/// page. A webhook that was quicker has written the number already, and it stays.
///
/// # Errors
/// Those of the database.
pub async fn opened(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    external_id: Option<&str>,
    url: &str,
) -> QueryResult<()> {
    // What is left of a payment whose person was erased meanwhile names no person, so no page either.
    let of_person = payments::table
        .find(id)
        .filter(payments::user_id.is_not_null());
    diesel::update(of_person)
        .set(payments::metadata.eq(json!({ "payment_url": url })))
        .execute(conn)
        .await?;
    let unnumbered = payments::table
        .find(id)
        .filter(payments::external_id.is_null());
    diesel::update(unnumbered)
        .set(payments::external_id.eq(external_id))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The vendor has not taken the order. A refused one is closed; if the outcome is unknown, the
/// payment stays pending, and money that comes for it is granted.
///
/// # Errors
/// Those of the database.
pub async fn not_opened(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    refused: bool,
    why: &str,
) -> QueryResult<()> {
    let status = if refused {
        PaymentStatus::Failed
    } else {
        PaymentStatus::Pending
    };
    // As above: the vendor's words are about a person.
    let pending = payments::table
        .find(id)
        .filter(payments::user_id.is_not_null())
        .filter(payments::status.eq(PaymentStatus::Pending));
    conn.transaction(async |conn| {
        let noted: Option<Payment> = diesel::update(pending)
            .set((
                payments::status.eq(status),
                payments::error_code.eq(vendors::codes::PAYMENT_PROVIDER_ERROR.as_str()),
                payments::error_message.eq(clean(why, 500)),
            ))
            .returning(Payment::as_returning())
            .get_result(conn)
            .await
            .optional()?;
        match noted.filter(|_| refused) {
            Some(closed) => {
                let moved = PaymentMoved::of(&closed, PaymentStatus::Pending, status);
                events::record(conn, closed.user_id, &moved).await
            }
            None => Ok(()),
        }
    })
    .await
}

/// The payment that a charge belongs to, locked: the one that has its number, else the order itself
/// if it has none yet. `Err(true)`: the order is paid by another charge; `Err(false)`: the number
/// is that of another order.
///
/// # Errors
/// Those of the database.
pub async fn of_charge(
    conn: &mut AsyncPgConnection,
    order: Uuid,
    event: &Event,
) -> QueryResult<Result<Payment, bool>> {
    let number = clean(&event.external_id, 255);
    let same = payments::table
        .filter(payments::provider.eq(event.provider))
        .filter(payments::external_id.eq(&number));
    let known: Option<Payment> = same
        .select(Payment::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    if let Some(known) = known {
        let ours = known.id == order || known.repeats == Some(order);
        return Ok(if ours { Ok(known) } else { Err(false) });
    }
    let order: Payment = payments::table
        .find(order)
        .select(Payment::as_select())
        .for_update()
        .first(conn)
        .await?;
    if order.external_id.is_some() {
        return Ok(Err(true));
    }
    number_it(conn, order.id, &number).await?;
    Ok(Ok(order))
}

/// One more charge of an order, with the vendor's number.
///
/// # Errors
/// Those of the database.
pub async fn repeat(
    conn: &mut AsyncPgConnection,
    order: &Payment,
    event: &Event,
) -> QueryResult<Payment> {
    let id = Uuid::now_v7();
    let new = NewPayment {
        id,
        user_id: order.user_id,
        subscription_id: order.subscription_id,
        provider: order.provider,
        tier: order.tier,
        amount: order.amount,
        currency: order.currency.clone(),
        repeats: Some(order.repeats.unwrap_or(order.id)),
    };
    create(conn, &new).await?;
    number_it(conn, id, &clean(&event.external_id, 255)).await?;
    payments::table
        .find(id)
        .select(Payment::as_select())
        .first(conn)
        .await
}

async fn number_it(conn: &mut AsyncPgConnection, id: Uuid, number: &str) -> QueryResult<()> {
    diesel::update(payments::table.find(id))
        .set(payments::external_id.eq(number))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Moves a payment that is locked to another status, with its event and the line of the audit log.
///
/// # Errors
/// Those of the database.
pub async fn close(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    status: PaymentStatus,
    fault: Option<(ErrorCode, String)>,
    origin: &Origin,
    action: &'static str,
) -> QueryResult<()> {
    let (code, message) = fault.unzip();
    diesel::update(payments::table.find(payment.id))
        .set((
            payments::status.eq(status),
            payments::error_code.eq(code.map(ErrorCode::as_str)),
            payments::error_message.eq(message),
            payments::processed_at.eq(diesel::dsl::now),
            (status == PaymentStatus::Succeeded).then(|| payments::paid_at.eq(diesel::dsl::now)),
        ))
        .execute(conn)
        .await?;
    let moved = PaymentMoved::of(payment, payment.status, status);
    events::record(conn, payment.user_id, &moved).await?;
    note(conn, payment, status, origin, action).await
}

/// A line of the audit log about a payment.
///
/// # Errors
/// Those of the database.
pub async fn note(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    status: PaymentStatus,
    origin: &Origin,
    action: &'static str,
) -> QueryResult<()> {
    let state = |status: PaymentStatus| -> Value {
        json!({
            "status": status, "provider": payment.provider, "tier": payment.tier,
            "amount": payment.amount.to_string(), "currency": payment.currency,
        })
    };
    let change = Change {
        user_id: payment.user_id,
        action,
        entity_type: "payment",
        entity_id: Some(payment.id),
        old_value: Some(state(payment.status)),
        new_value: Some(state(status)),
    };
    audit::queries::record(conn, origin, change).await
}

/// What a person has bought and not yet used up.
///
/// # Errors
/// Those of the database.
pub async fn windows(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Window>> {
    let bought: Vec<Payment> = payments::table
        .filter(payments::user_id.eq(user_id))
        .filter(payments::status.eq(PaymentStatus::Succeeded))
        .filter(payments::period_end.gt(now))
        .order(payments::period_start)
        .select(Payment::as_select())
        .load(conn)
        .await?;
    Ok(bought.iter().filter_map(Payment::window).collect())
}

/// Writes what a payment has bought.
///
/// # Errors
/// Those of the database.
pub async fn set_window(conn: &mut AsyncPgConnection, window: &Window) -> QueryResult<()> {
    diesel::update(payments::table.find(window.payment_id))
        .set((
            payments::period_start.eq(window.from),
            payments::period_end.eq(window.until),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Stores an event; returns whether it came for the first time.
///
/// # Errors
/// Those of the database.
pub async fn remember(
    conn: &mut AsyncPgConnection,
    event: &Event,
    outcome: Outcome,
) -> QueryResult<bool> {
    let seen: i32 = diesel::insert_into(payment_events::table)
        .values((
            payment_events::provider.eq(event.provider),
            payment_events::external_id.eq(clean(&event.external_id, 255)),
            payment_events::status.eq(clean(&event.status, 50)),
            payment_events::order_id.eq(clean(&event.order_id, 255)),
            payment_events::amount.eq(event.amount),
            payment_events::currency.eq(clean(&event.currency, 10)),
            payment_events::outcome.eq(outcome.as_str()),
        ))
        .on_conflict((
            payment_events::provider,
            payment_events::external_id,
            payment_events::status,
        ))
        .do_update()
        .set((
            payment_events::seen.eq(payment_events::seen + 1),
            payment_events::last_seen_at.eq(diesel::dsl::now),
        ))
        .returning(payment_events::seen)
        .get_result(conn)
        .await?;
    Ok(seen == 1)
}

/// The person has the message.
///
/// # Errors
/// Those of the database.
pub async fn mark_told(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(payments::table.find(id))
        .set(payments::told_at.eq(diesel::dsl::now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Cancels some payments that are pending since before `until`; returns how many.
///
/// # Errors
/// Those of the database.
pub async fn abandon(
    conn: &mut AsyncPgConnection,
    until: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    conn.transaction(async |conn| {
        let old: Vec<Payment> = payments::table
            .filter(payments::status.eq(PaymentStatus::Pending))
            .filter(payments::created_at.lt(until))
            .order(payments::id)
            .limit(limit)
            .select(Payment::as_select())
            .for_update()
            .skip_locked()
            .load(conn)
            .await?;
        let (status, origin) = (PaymentStatus::Canceled, Origin::own("worker"));
        for payment in &old {
            let fault = (
                crate::codes::PAYMENT_CANCELED,
                "not paid in time".to_owned(),
            );
            close(
                conn,
                payment,
                status,
                Some(fault),
                &origin,
                "payment_canceled",
            )
            .await?;
        }
        Ok(old.len())
    })
    .await
}

/// A vendor's text as Postgres can store it: without NUL, and not too long.
fn clean(text: &str, limit: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(limit).collect()
}
