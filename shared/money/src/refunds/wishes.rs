//! Persons who ask for their money: one wish a payment, for operators. No money moves by it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use schema::refund_wishes as wishes;

/// The longest one, in characters.
pub const WORDS_MAX: usize = 1_000;

/// What a person wrote.
#[derive(Clone, Debug, Serialize, Queryable, Selectable)]
#[diesel(table_name = wishes, check_for_backend(diesel::pg::Pg))]
pub struct RefundWish {
    pub words: String,
    pub created_at: DateTime<Utc>,
}

/// Keeps a wish; `false`: there is one of this payment.
///
/// # Errors
/// Those of the database.
pub async fn keep(
    conn: &mut AsyncPgConnection,
    payment_id: Uuid,
    words: &str,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let new = diesel::insert_into(wishes::table)
        .values((
            wishes::payment_id.eq(payment_id),
            wishes::words.eq(words),
            wishes::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(new == 1)
}

/// The wish of a payment.
///
/// # Errors
/// Those of the database.
pub async fn of_payment(
    conn: &mut AsyncPgConnection,
    payment_id: Uuid,
) -> QueryResult<Option<RefundWish>> {
    let wish = wishes::table
        .find(payment_id)
        .select(RefundWish::as_select());
    wish.first(conn).await.optional()
}
