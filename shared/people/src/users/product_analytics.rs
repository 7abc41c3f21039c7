//! Whether a person agrees that product analytics is told what they do. Nothing asks for it and nothing needs it: it is
//! apart from the consent without which there are no readings ([`super::consent`]).

use std::collections::HashMap;

use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::Consents;
use super::{consent, queries};
use schema::users;

/// Writes what a person agrees to, and a line of the audit log if that is a change. In the caller's transaction. A person
/// who agrees again keeps the date of the first time. Returns all that they agree to now.
///
/// # Errors
/// `NotFound` if the person is gone, or those of the database.
pub async fn set(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    agrees: bool,
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<Consents> {
    // Two changes at once wait for each other, so that each line tells what was before it.
    if !queries::lock(conn, id).await? {
        return Err(diesel::result::Error::NotFound);
    }
    let was = queries::consents(conn, id).await?;
    let since = agrees.then(|| was.consent_analytics_at.unwrap_or(now));
    let is = diesel::update(users::table.find(id))
        .set(users::consent_analytics_at.eq(since))
        .returning(Consents::as_returning())
        .get_result(conn)
        .await?;
    if is != was {
        audit::queries::record(conn, origin, consent::line(id, &was, &is)).await?;
    }
    Ok(is)
}

/// Since when product analytics may be told what these persons do. Those who do not agree are left out.
///
/// # Errors
/// Those of the database.
pub async fn since(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> QueryResult<HashMap<Uuid, DateTime<Utc>>> {
    let rows: Vec<(Uuid, Option<DateTime<Utc>>)> = users::table
        .filter(users::id.eq_any(ids))
        .filter(users::consent_analytics_at.is_not_null())
        .select((users::id, users::consent_analytics_at))
        .load(conn)
        .await?;
    let rows = rows.into_iter();
    Ok(rows.filter_map(|(id, at)| Some((id, at?))).collect())
}
