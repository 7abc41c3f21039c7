//! SQL over `payments`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Event, Happened, NewPayment, Payment, PaymentStatus};
use crate::accounts;
use crate::facts::PaymentMoved;
use crate::subscriptions::rules::Window;
use audit::model::{Change, Origin};
use kernel::error::ErrorCode;
use schema::payments;

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

/// One payment, locked.
///
/// # Errors
/// Those of the database.
pub async fn locked(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Payment>> {
    let payment = payments::table.find(id).select(Payment::as_select());
    payment.for_update().first(conn).await.optional()
}

/// Writes what of a payment has gone back, and what is held.
///
/// # Errors
/// Those of the database.
pub async fn set_gone(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    returned: Decimal,
    disputed: Decimal,
) -> QueryResult<()> {
    diesel::update(payments::table.find(id))
        .set((
            payments::returned.eq(returned.normalize()),
            payments::disputed.eq(disputed.normalize()),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Notes when the time that a payment had bought was taken back.
///
/// # Errors
/// Those of the database.
pub async fn note_taken_back(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(payments::table.find(id))
        .set(payments::taken_back_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Forgets that the person has the message: they get it once more.
///
/// # Errors
/// Those of the database.
pub async fn mark_untold(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(payments::table.find(id))
        .set(payments::told_at.eq(None::<DateTime<Utc>>))
        .execute(conn)
        .await
        .map(|_| ())
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

/// What is left of a payment whose person was erased meanwhile names no person, so no page either.
const OPENED: &str = "UPDATE payments SET external_id = COALESCE(external_id, $2),
    metadata = CASE WHEN user_id IS NULL THEN metadata
        ELSE metadata || jsonb_strip_nulls(jsonb_build_object('payment_url', $3::text)) END
    WHERE id = $1";

/// The vendor has taken the order: its number of it, if it gives one before it is paid, and its
/// page, if it has one. A webhook that was quicker has written the number already, and it stays.
///
/// # Errors
/// Those of the database.
pub async fn opened(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    external_id: Option<&str>,
    url: Option<&str>,
) -> QueryResult<()> {
    diesel::sql_query(OPENED)
        .bind::<SqlUuid, _>(id)
        .bind::<Nullable<Text>, _>(external_id)
        .bind::<Nullable<Text>, _>(url)
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
                accounts::record(conn, closed.user_id, &moved).await
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
    // Some vendors give a number to each try. That of one that brings no money is not the order's.
    if event.happened.is_of_money() {
        number_it(conn, (order.id, order.user_id), event).await?;
    }
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
        renew: order.renew,
        charge: None,
        planned_from: None,
        planned_until: None,
    };
    create(conn, &new).await?;
    number_it(conn, (id, order.user_id), event).await?;
    payments::table
        .find(id)
        .select(Payment::as_select())
        .first(conn)
        .await
}

/// Writes which charge it is: the vendor's number, and who paid. What is left of a payment whose person was erased names
/// nobody; the report does.
async fn number_it(
    conn: &mut AsyncPgConnection,
    (id, person): (Uuid, Option<Uuid>),
    event: &Event,
) -> QueryResult<()> {
    let names_payer = event.happened == Happened::Paid && person.is_some();
    let payer = event.payer.filter(|_| names_payer);
    diesel::update(payments::table.find(id))
        .set((
            payments::external_id.eq(clean(&event.external_id, 255)),
            payer.map(|payer| payments::payer.eq(payer)),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Notes that the money of a payment had come before it went back, if that is heard of afterwards.
///
/// # Errors
/// Those of the database.
pub async fn note_paid(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(payments::table.find(id).filter(payments::paid_at.is_null()))
        .set(payments::paid_at.eq(diesel::dsl::now))
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
    accounts::record(conn, payment.user_id, &moved).await?;
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
        user_id: accounts::person(conn, payment.user_id).await?,
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

/// A vendor's text as Postgres can store it: without NUL, and not too long.
pub(crate) fn clean(text: &str, limit: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(limit).collect()
}
