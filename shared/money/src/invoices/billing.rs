//! What a person, or an organization, wants to see on its invoices.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::BillingDetails;
use crate::accounts;
use audit::model::{Change, Origin};
use schema::billing_details;

/// Those of an account.
///
/// # Errors
/// Those of the database.
pub async fn find(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> QueryResult<Option<BillingDetails>> {
    let details = billing_details::table.find(user_id);
    let details = details.select(BillingDetails::as_select());
    details.first(conn).await.optional()
}

/// Puts these in the place of what was there, with a line of the audit log, which holds no words of a person. In the
/// caller's transaction.
///
/// # Errors
/// Those of the database.
pub async fn put(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    details: &BillingDetails,
    origin: &Origin,
) -> QueryResult<()> {
    let was = find(conn, user_id).await?;
    diesel::insert_into(billing_details::table)
        .values((billing_details::user_id.eq(user_id), details))
        .on_conflict(billing_details::user_id)
        .do_update()
        .set((details, billing_details::updated_at.eq(diesel::dsl::now)))
        .execute(conn)
        .await?;
    let change = Change {
        user_id: accounts::person(conn, Some(user_id)).await?,
        action: "billing_details_updated",
        entity_type: "billing_details",
        entity_id: Some(user_id),
        old_value: was.as_ref().map(given),
        new_value: Some(given(details)),
    };
    audit::queries::record(conn, origin, change).await
}

/// Which of them are given.
fn given(details: &BillingDetails) -> Value {
    json!({
        "name": details.name.is_some(),
        "company": details.company.is_some(),
        "address": details.address.is_some(),
        "country": details.country,
        "tax_id": details.tax_id.is_some(),
        "email": details.email.is_some(),
    })
}
