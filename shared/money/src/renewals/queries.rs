//! SQL over `renewals`. A row changes while its person is locked (`subscriptions::queries::lock`) alone.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Renewal, RenewalState};
use super::recurring;
use crate::accounts;
use crate::facts::Recurring;
use crate::payments::model::PaymentStatus;
use crate::payments::queries::clean;
use schema::{payments, renewals};

/// How a person's plan goes on; `None`: they have never wanted it renewed.
///
/// # Errors
/// Those of the database.
pub async fn find(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Option<Renewal>> {
    let own = renewals::table.find(user_id).select(Renewal::as_select());
    own.first(conn).await.optional()
}

/// Writes how a person's plan goes on, in the place of what was before, and the event if another amount recurs.
///
/// # Errors
/// Those of the database.
pub async fn put(conn: &mut AsyncPgConnection, renewal: &Renewal) -> QueryResult<()> {
    diesel::insert_into(renewals::table)
        .values(renewal)
        .on_conflict(renewals::user_id)
        .do_update()
        .set(renewal)
        .execute(conn)
        .await?;
    let row = renewals::table.find(renewal.user_id);
    let told: Option<Value> = row.select(renewals::recurs).first(conn).await?;
    let told = told.map(|told| Recurring::deserialize(told).ok());
    let Some(moved) = recurring::moved(told, renewal) else {
        return Ok(());
    };
    diesel::update(row)
        .set(renewals::recurs.eq(json!(moved.to)))
        .execute(conn)
        .await?;
    accounts::record(conn, Some(renewal.user_id), &moved).await
}

/// Some persons whose renewal is to be looked at, the longest due first; without those in `but`.
///
/// # Errors
/// Those of the database.
pub async fn due(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    but: &[Uuid],
    limit: i64,
) -> QueryResult<Vec<Uuid>> {
    renewals::table
        .filter(renewals::next_at.le(now))
        .filter(renewals::user_id.ne_all(but))
        .order(renewals::next_at)
        .select(renewals::user_id)
        .limit(limit)
        .load(conn)
        .await
}

/// Some persons whose plan may have been charged since a moment that the database was restored to, the longest due first;
/// without those in `but`. What was refused or is under way counts, too: the look for it may have broken off.
///
/// # Errors
/// Those of the database.
pub async fn perhaps_charged(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    but: &[Uuid],
    limit: i64,
) -> QueryResult<Vec<Uuid>> {
    let begun = renewals::state
        .eq(RenewalState::PastDue)
        .or(renewals::underway.is_not_null());
    renewals::table
        .filter(renewals::next_at.is_not_null())
        .filter(renewals::next_at.assume_not_null().le(now).or(begun))
        .filter(renewals::user_id.ne_all(but))
        .order(renewals::next_at)
        .select(renewals::user_id)
        .limit(limit)
        .load(conn)
        .await
}

/// The first charge of the period behind what is paid for, if it was refused or given up.
///
/// # Errors
/// Those of the database.
pub async fn first_refused(
    conn: &mut AsyncPgConnection,
    renewal: &Renewal,
) -> QueryResult<Option<Uuid>> {
    let ended = [PaymentStatus::Failed, PaymentStatus::Canceled];
    payments::table
        .filter(payments::user_id.eq(renewal.user_id))
        .filter(payments::charge.eq("renewal"))
        .filter(payments::planned_from.ge(renewal.paid_until))
        .filter(payments::status.eq_any(ended))
        .order(payments::id)
        .select(payments::id)
        .first(conn)
        .await
        .optional()
}

/// How many plans are kept although their next period was refused.
///
/// # Errors
/// Those of the database.
pub async fn past_due(conn: &mut AsyncPgConnection) -> QueryResult<i64> {
    let all = renewals::table.filter(renewals::state.eq(RenewalState::PastDue));
    all.count().get_result(conn).await
}

/// The charge of a person whose end is not known; one of a renewal before the present one, too.
///
/// # Errors
/// Those of the database.
pub async fn charge_underway(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> QueryResult<Option<Uuid>> {
    payments::table
        .filter(payments::user_id.eq(user_id))
        .filter(payments::charge.is_not_null())
        .filter(payments::status.eq(PaymentStatus::Pending))
        .select(payments::id)
        .first(conn)
        .await
        .optional()
}

/// Writes the vendor's number of a charge, unless there is one.
///
/// # Errors
/// Those of the database.
pub async fn note_number(conn: &mut AsyncPgConnection, id: Uuid, number: &str) -> QueryResult<()> {
    let unnumbered = payments::table
        .find(id)
        .filter(payments::external_id.is_null());
    diesel::update(unnumbered)
        .set(payments::external_id.eq(clean(number, 255)))
        .execute(conn)
        .await
        .map(|_| ())
}
