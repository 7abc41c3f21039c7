//! Payments as operators look for them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Payment, PaymentProvider, PaymentStatus};
use schema::payments;

/// Which payments; what is left out: all.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub status: Option<PaymentStatus>,
    pub provider: Option<PaymentProvider>,
    pub person: Option<Uuid>,
    /// Made later than this.
    pub since: Option<DateTime<Utc>>,
    /// Not made later than this.
    pub until: Option<DateTime<Utc>>,
    /// Whose money came and bought nothing, and has not gone back.
    pub is_astray: bool,
    /// Whose person asks for the money, and nothing was given back.
    pub is_wished: bool,
    /// The last of the page before.
    pub after: Option<Uuid>,
    pub limit: i64,
}

const FOUND: &str = "SELECT id AS payment_id FROM payments
    WHERE ($1::text IS NULL OR status::text = $1) AND ($2::text IS NULL OR provider::text = $2)
      AND ($3::uuid IS NULL OR user_id = $3)
      AND ($4::timestamptz IS NULL OR created_at > $4) AND ($5::timestamptz IS NULL OR created_at <= $5)
      AND (NOT $6 OR EXISTS (
          SELECT FROM payment_reports AS came
          WHERE came.provider = payments.provider AND came.order_id = payments.id::text AND came.happened = 'paid'
            AND came.outcome IN ('mismatched', 'unknown', 'ownerless') AND NOT EXISTS (
                SELECT FROM payment_reports AS other
                WHERE other.provider = came.provider AND other.external_id = came.external_id
                  AND (other.happened = 'returned' OR other.outcome = 'granted'))))
      AND (NOT $7 OR returned = 0 AND status <> 'refunded'
          AND EXISTS (SELECT FROM refund_wishes WHERE payment_id = payments.id))
      AND ($8::uuid IS NULL OR id < $8)
    ORDER BY id DESC LIMIT $9";

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    payment_id: Uuid,
}

/// Payments, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn find(conn: &mut AsyncPgConnection, wanted: &Wanted) -> QueryResult<Vec<Payment>> {
    let found: Vec<Found> = diesel::sql_query(FOUND)
        .bind::<Nullable<Text>, _>(wanted.status.map(PaymentStatus::as_str))
        .bind::<Nullable<Text>, _>(wanted.provider.map(PaymentProvider::as_str))
        .bind::<Nullable<SqlUuid>, _>(wanted.person)
        .bind::<Nullable<Timestamptz>, _>(wanted.since)
        .bind::<Nullable<Timestamptz>, _>(wanted.until)
        .bind::<Bool, _>(wanted.is_astray)
        .bind::<Bool, _>(wanted.is_wished)
        .bind::<Nullable<SqlUuid>, _>(wanted.after)
        .bind::<BigInt, _>(wanted.limit)
        .load(conn)
        .await?;
    let ids: Vec<Uuid> = found.iter().map(|one| one.payment_id).collect();
    payments::table
        .filter(payments::id.eq_any(ids))
        .order(payments::id.desc())
        .select(Payment::as_select())
        .load(conn)
        .await
}
