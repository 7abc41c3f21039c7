//! SQL over `payment_customers`: who a customer at a vendor is.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::methods::digest;
use crate::payments::model::PaymentProvider;
use schema::payment_customers as customers;

/// A customer, by the number at their vendor.
#[derive(Clone, Copy)]
pub struct Customer<'a> {
    pub provider: PaymentProvider,
    pub number: &'a str,
}

/// Notes whose customer it is. Known ones stay as they are.
///
/// # Errors
/// Those of the database.
pub async fn note(
    conn: &mut AsyncPgConnection,
    customer: Customer<'_>,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(customers::table)
        .values((
            customers::provider.eq(customer.provider),
            customers::digest.eq(digest(customer.number)),
            customers::user_id.eq(user_id),
            customers::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await
        .map(|_| ())
}

/// Whose customer it is, and the moment, by the one clock that all processes share: what they ask the vendor after this is
/// ordered by it. `None`: of another program, or one that has not been at the vendor's page for customers.
///
/// # Errors
/// Those of the database.
pub async fn person(
    conn: &mut AsyncPgConnection,
    customer: Customer<'_>,
) -> QueryResult<Option<(Uuid, DateTime<Utc>)>> {
    let row = customers::table.find((customer.provider, digest(customer.number)));
    let moment = diesel::dsl::now.into_sql::<Timestamptz>();
    let found = row.select((customers::user_id, moment)).first(conn).await;
    found.optional()
}

/// When the vendor was asked last, and the digest of what was chosen then.
type Known = (Option<DateTime<Utc>>, Option<Vec<u8>>);

/// Notes what a customer has chosen, as the vendor has answered to a question of this moment. Returns whether that is
/// another choice than before; `None`: a newer answer is noted. The person has to be locked.
pub(super) async fn chose(
    conn: &mut AsyncPgConnection,
    customer: Customer<'_>,
    token: Option<&str>,
    asked_at: DateTime<Utc>,
) -> QueryResult<Option<bool>> {
    let row = || customers::table.find((customer.provider, digest(customer.number)));
    let known: Option<Known> = row()
        .select((customers::asked_at, customers::chosen))
        .first(conn)
        .await
        .optional()?;
    let Some((before, chosen)) = known else {
        return Ok(None);
    };
    if before.is_some_and(|before| before > asked_at) {
        return Ok(None);
    }
    let now = token.map(digest);
    let is_another = chosen != now;
    diesel::update(row())
        .set((customers::asked_at.eq(asked_at), customers::chosen.eq(now)))
        .execute(conn)
        .await?;
    Ok(Some(is_another))
}
