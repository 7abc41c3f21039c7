//! SQL over `refunds`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::model::{Refund, RefundState};
use crate::payments::queries::clean;
use schema::refunds;

/// The longest of a vendor's words that are kept.
const WORDS_MAX: usize = 500;

/// Writes what an operator wants.
///
/// # Errors
/// Those of the database.
pub async fn create(conn: &mut AsyncPgConnection, new: &Refund) -> QueryResult<()> {
    diesel::insert_into(refunds::table)
        .values((
            refunds::id.eq(new.id),
            refunds::payment_id.eq(new.payment_id),
            refunds::amount.eq(new.amount),
            refunds::currency.eq(&new.currency),
            refunds::whole.eq(new.whole),
            refunds::reason.eq(&new.reason),
            refunds::state.eq(new.state),
            refunds::key.eq(&new.key),
            refunds::asked_by.eq(&new.asked_by),
            refunds::created_at.eq(new.created_at),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// One refund.
///
/// # Errors
/// Those of the database.
pub async fn find(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Refund>> {
    let refund = refunds::table.find(id).select(Refund::as_select());
    refund.first(conn).await.optional()
}

/// Those of a payment, the oldest first. They change while the payment is locked alone.
///
/// # Errors
/// Those of the database.
pub async fn of_payment(
    conn: &mut AsyncPgConnection,
    payment_id: Uuid,
) -> QueryResult<Vec<Refund>> {
    refunds::table
        .filter(refunds::payment_id.eq(payment_id))
        .order((refunds::created_at, refunds::id))
        .select(Refund::as_select())
        .load(conn)
        .await
}

/// Those that are underway of these payments, at most one of each: the payment, and the vendor's number of the refund.
///
/// # Errors
/// Those of the database.
pub async fn underway(
    conn: &mut AsyncPgConnection,
    payments: &[Uuid],
) -> QueryResult<Vec<(Uuid, String)>> {
    refunds::table
        .filter(refunds::payment_id.eq_any(payments))
        .filter(refunds::state.eq(RefundState::Underway))
        .filter(refunds::number.is_not_null())
        .select((refunds::payment_id, refunds::number.assume_not_null()))
        .load(conn)
        .await
}

/// Writes that the vendor is about to be asked.
///
/// # Errors
/// Those of the database.
pub async fn begin(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    gone_before: Decimal,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(refunds::table.find(id))
        .set((
            refunds::state.eq(RefundState::Underway),
            refunds::gone_before.eq(gone_before),
            refunds::asked_at.eq(now),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Writes that the vendor has taken it, and tells its end later.
///
/// # Errors
/// Those of the database.
pub async fn accept(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    number: Option<&str>,
) -> QueryResult<()> {
    let number = number.map(|number| clean(number, 255));
    diesel::update(refunds::table.find(id))
        .set((
            refunds::accepted.eq(true),
            number.map(|number| refunds::number.eq(number)),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Keeps why an attempt has failed.
///
/// # Errors
/// Those of the database.
pub async fn note_error(conn: &mut AsyncPgConnection, id: Uuid, why: &str) -> QueryResult<()> {
    diesel::update(refunds::table.find(id))
        .set(refunds::error.eq(clean(why, WORDS_MAX)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Ends a refund whose payment is locked. What has ended stays so, but for money that is here again.
///
/// # Errors
/// Those of the database.
pub async fn end(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    state: RefundState,
    (number, why): (Option<&str>, Option<&str>),
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let number = number.map(|number| clean(number, 255));
    diesel::update(refunds::table.find(id))
        .set((
            refunds::state.eq(state),
            refunds::error.eq(why.map(|why| clean(why, WORDS_MAX))),
            refunds::ended_at.eq(now),
            number.map(|number| refunds::number.eq(number)),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Refunds without an end from before `until`.
///
/// # Errors
/// Those of the database.
pub async fn without_end(
    conn: &mut AsyncPgConnection,
    until: DateTime<Utc>,
) -> QueryResult<Vec<Refund>> {
    refunds::table
        .filter(refunds::state.eq_any([RefundState::Requested, RefundState::Underway]))
        .filter(refunds::created_at.lt(until))
        .order(refunds::created_at)
        .select(Refund::as_select())
        .load(conn)
        .await
}
