//! All that is known of one payment, as operators see it.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use super::model::Payment;
use super::queries;
use crate::books::show::{self, Posting};
use crate::refunds;
use crate::refunds::model::Refund;
use crate::refunds::wishes::RefundWish;
use schema::payment_reports as reports;

/// What a vendor said, and what became of it.
#[derive(Clone, Debug, Serialize, Queryable, Selectable)]
#[diesel(table_name = reports, check_for_backend(diesel::pg::Pg))]
pub struct Saying {
    /// The vendor's number of the charge.
    pub external_id: String,
    /// The vendor's own word.
    pub status: String,
    pub happened: String,
    pub outcome: String,
    pub amount: Decimal,
    pub currency: String,
    pub returned: Option<Decimal>,
    pub payer: Option<i64>,
    /// How often it was said.
    pub seen: i32,
    pub created_at: DateTime<Utc>,
    pub last_seen_at: DateTime<Utc>,
    /// The vendor's words, without what is about a card or a person.
    pub body: Option<Value>,
}

/// A payment, what its vendor said, what was given back, and what is booked.
#[derive(Clone, Debug)]
pub struct Story {
    pub payment: Payment,
    pub said: Vec<Saying>,
    pub refunds: Vec<Refund>,
    /// That its person wants the money back.
    pub wish: Option<RefundWish>,
    pub postings: Vec<Posting>,
}

/// The story of a payment.
///
/// # Errors
/// Those of the database.
pub async fn of(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Story>> {
    let Some(payment) = queries::find(conn, id).await? else {
        return Ok(None);
    };
    let charge = payment.external_id.clone().unwrap_or_default();
    let own = reports::external_id
        .eq(charge)
        .or(reports::order_id.eq(id.to_string()));
    let said = reports::table
        .filter(reports::provider.eq(payment.provider))
        .filter(own)
        .order((reports::created_at, reports::id))
        .select(Saying::as_select())
        .load(conn)
        .await?;
    Ok(Some(Story {
        said,
        wish: refunds::wishes::of_payment(conn, id).await?,
        refunds: refunds::queries::of_payment(conn, id).await?,
        postings: show::trace(conn, &id.to_string()).await?,
        payment,
    }))
}
