//! SQL over orders that wait for their money, and the places to pay them at.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::model::{PaymentStatus, Wanted};
use schema::payments;

/// The order of a person for this plan at this price that waits for its money since `since` or
/// later.
///
/// # Errors
/// Those of the database.
pub async fn pending(
    conn: &mut AsyncPgConnection,
    wanted: &Wanted,
    since: DateTime<Utc>,
) -> QueryResult<Option<Uuid>> {
    payments::table
        .filter(payments::user_id.eq(wanted.user_id))
        .filter(payments::status.eq(PaymentStatus::Pending))
        .filter(payments::provider.eq(wanted.provider))
        .filter(payments::tier.eq(wanted.tier))
        .filter(payments::amount.eq(wanted.amount))
        .filter(payments::renew.eq(wanted.renew))
        .filter(payments::charge.is_null())
        .filter(payments::created_at.ge(since))
        .order(payments::id.desc())
        .select(payments::id)
        .first(conn)
        .await
        .optional()
}

/// The address of the place to pay at, if the vendor has given it.
///
/// # Errors
/// `NotFound`, or those of the database.
pub async fn of_order(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<String>> {
    let metadata: Value = payments::table
        .find(id)
        .select(payments::metadata)
        .first(conn)
        .await?;
    Ok(metadata["payment_url"].as_str().map(str::to_owned))
}
