//! SQL over `payment_reports`: what vendors say of charges.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Numeric, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::model::{Event, Outcome};
use super::queries::clean;
use schema::payment_reports as reports;

#[diesel::declare_sql_function]
extern "SQL" {
    /// The greater of two; of nothing and a sum, the sum.
    fn greatest(one: Nullable<Numeric>, other: Nullable<Numeric>) -> Nullable<Numeric>;
}

/// Stores an event; returns whether it came for the first time. What became of it is written again if it is more than
/// nothing: the order of money that was unknown may be known by now.
///
/// # Errors
/// Those of the database.
pub async fn remember(
    conn: &mut AsyncPgConnection,
    event: &Event,
    outcome: Outcome,
) -> QueryResult<bool> {
    let more = (outcome != Outcome::Noted).then(|| reports::outcome.eq(outcome.as_str()));
    let seen: i32 = diesel::insert_into(reports::table)
        .values((
            reports::provider.eq(event.provider),
            reports::external_id.eq(clean(&event.external_id, 255)),
            reports::status.eq(clean(&event.status, 50)),
            reports::order_id.eq(clean(&event.order_id, 255)),
            reports::amount.eq(event.amount),
            reports::currency.eq(clean(&event.currency, 10)),
            reports::happened.eq(event.happened.as_str()),
            reports::outcome.eq(outcome.as_str()),
            reports::payer.eq(event.payer),
            reports::returned.eq(event.returned),
            reports::body.eq(&event.words),
        ))
        .on_conflict((
            reports::provider,
            reports::external_id,
            reports::status,
            reports::amount,
            reports::currency,
        ))
        .do_update()
        .set((
            reports::seen.eq(reports::seen + 1),
            reports::returned.eq(greatest(
                reports::returned,
                diesel::upsert::excluded(reports::returned),
            )),
            reports::last_seen_at.eq(diesel::dsl::now),
            more,
        ))
        .returning(reports::seen)
        .get_result(conn)
        .await?;
    Ok(seen == 1)
}

/// What a vendor has said of a charge.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = reports, check_for_backend(diesel::pg::Pg))]
pub struct Report {
    status: String,
    pub amount: Decimal,
    pub happened: String,
    /// What had gone back of the charge in all, if the vendor said it.
    pub returned: Option<Decimal>,
}

impl Report {
    /// As it will be stored of an event.
    pub fn of(event: &Event) -> Self {
        Self {
            status: clean(&event.status, 50),
            amount: event.amount,
            happened: event.happened.as_str().to_owned(),
            returned: event.returned,
        }
    }

    /// The vendor's own word.
    pub fn status(&self) -> &str {
        &self.status
    }

    /// Whether it is this very event.
    pub fn is_of(&self, event: &Event) -> bool {
        self.status == clean(&event.status, 50) && self.amount == event.amount
    }
}

/// What was said of the event's charge before.
///
/// # Errors
/// Those of the database.
pub async fn of_charge(conn: &mut AsyncPgConnection, event: &Event) -> QueryResult<Vec<Report>> {
    reports::table
        .filter(reports::provider.eq(event.provider))
        .filter(reports::external_id.eq(clean(&event.external_id, 255)))
        .select(Report::as_select())
        .load(conn)
        .await
}

/// Money that came and bought nothing.
#[derive(Clone, Debug, QueryableByName, Serialize)]
#[diesel(check_for_backend(diesel::pg::Pg))]
pub struct Astray {
    #[diesel(sql_type = SqlUuid)]
    #[serde(skip)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub provider: String,
    #[diesel(sql_type = Text)]
    pub charge: String,
    /// What the vendor says our order is.
    #[diesel(sql_type = Text)]
    pub order: String,
    #[diesel(sql_type = Numeric)]
    pub amount: Decimal,
    #[diesel(sql_type = Text)]
    pub currency: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub payer: Option<i64>,
    /// The [`Outcome`].
    #[diesel(sql_type = Text)]
    pub why: String,
    #[diesel(sql_type = Timestamptz)]
    pub came_at: DateTime<Utc>,
}

const ASTRAY: &str =
    "SELECT id, provider::text AS provider, external_id AS charge, order_id AS \"order\", amount,
        currency::text AS currency, payer, outcome AS why, created_at AS came_at
    FROM payment_reports AS came
    WHERE happened = 'paid' AND outcome IN ('mismatched', 'unknown', 'ownerless') AND NOT EXISTS (
        SELECT FROM payment_reports AS other
        WHERE other.provider = came.provider AND other.external_id = came.external_id
          AND (other.happened = 'returned' OR other.outcome = 'granted'))
      AND ($2::text IS NULL OR external_id = $2)
    ORDER BY created_at DESC LIMIT $1";

/// Money that nothing was granted for and that has not gone back, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn astray(conn: &mut AsyncPgConnection, limit: i64) -> QueryResult<Vec<Astray>> {
    of(conn, limit, None).await
}

/// The same of one charge, by the vendor's number.
///
/// # Errors
/// Those of the database.
pub async fn astray_of(conn: &mut AsyncPgConnection, charge: &str) -> QueryResult<Vec<Astray>> {
    of(conn, 10, Some(charge)).await
}

async fn of(
    conn: &mut AsyncPgConnection,
    limit: i64,
    charge: Option<&str>,
) -> QueryResult<Vec<Astray>> {
    let all = diesel::sql_query(ASTRAY)
        .bind::<BigInt, _>(limit)
        .bind::<Nullable<Text>, _>(charge);
    all.load(conn).await
}

/// Words are kept for 90 days, and who paid for a year (docs/PRIVACY.md).
pub const PRUNE: &[&str] = &[
    "UPDATE payment_reports SET body = NULL WHERE id IN (
         SELECT id FROM payment_reports
         WHERE body IS NOT NULL AND created_at < now() - interval '90 days'
         LIMIT $1 FOR UPDATE SKIP LOCKED)",
    "UPDATE payment_reports SET payer = NULL WHERE id IN (
         SELECT id FROM payment_reports
         WHERE payer IS NOT NULL AND created_at < now() - interval '365 days'
         LIMIT $1 FOR UPDATE SKIP LOCKED)",
];
