//! SQL over `webhook_endpoints`. Every change is written to the audit log in its own transaction.

use audit::model::{Change, Origin};
use audit::queries::record;
use diesel::dsl::count_star;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::model::Endpoint;
use schema::webhook_endpoints::{self as endpoints, dsl};

/// Who changes an endpoint: what the request says of itself, and the person whose request it is.
pub type By<'a> = (&'a Origin, Option<Uuid>);

/// A new endpoint.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = endpoints)]
pub struct NewEndpoint {
    pub id: Uuid,
    pub account_id: Uuid,
    pub url: String,
    pub description: Option<String>,
    pub events: Vec<String>,
}

/// What is changed of an endpoint; `None` stays as it is, `Some(None)` is taken away.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = endpoints)]
pub struct EndpointChange {
    pub url: Option<String>,
    pub description: Option<Option<String>>,
    pub events: Option<Vec<String>>,
    pub enabled: Option<bool>,
    pub disabled_why: Option<Option<&'static str>>,
    pub failing_since: Option<Option<chrono::DateTime<chrono::Utc>>>,
}

/// The endpoints of an account, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn of_account(conn: &mut AsyncPgConnection, account: Uuid) -> QueryResult<Vec<Endpoint>> {
    let own = dsl::webhook_endpoints.filter(dsl::account_id.eq(account));
    own.order(dsl::id.desc())
        .select(Endpoint::as_select())
        .load(conn)
        .await
}

/// How many endpoints an account has.
///
/// # Errors
/// Those of the database.
pub async fn count(conn: &mut AsyncPgConnection, account: Uuid) -> QueryResult<i64> {
    let own = dsl::webhook_endpoints.filter(dsl::account_id.eq(account));
    own.select(count_star()).first(conn).await
}

/// An endpoint of an account.
///
/// # Errors
/// `NotFound`, or those of the database.
pub async fn by_id(conn: &mut AsyncPgConnection, account: Uuid, id: Uuid) -> QueryResult<Endpoint> {
    let own = dsl::webhook_endpoints.find(id);
    own.filter(dsl::account_id.eq(account))
        .select(Endpoint::as_select())
        .first(conn)
        .await
}

/// An endpoint, locked until the transaction ends; `None`: it is gone.
///
/// # Errors
/// Those of the database.
pub async fn lock(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Endpoint>> {
    let row = dsl::webhook_endpoints
        .find(id)
        .select(Endpoint::as_select());
    row.for_no_key_update().first(conn).await.optional()
}

/// Writes an endpoint.
///
/// # Errors
/// Those of the database.
pub async fn create(
    conn: &mut AsyncPgConnection,
    new: &NewEndpoint,
    by: By<'_>,
) -> QueryResult<Endpoint> {
    let made = diesel::insert_into(dsl::webhook_endpoints)
        .values(new)
        .returning(Endpoint::as_returning())
        .get_result(conn)
        .await?;
    note(
        conn,
        "webhook_endpoint_created",
        made.id,
        (None, Some(seen(&made))),
        by,
    )
    .await?;
    Ok(made)
}

/// Changes an endpoint that the caller has locked. The change is not empty.
///
/// # Errors
/// Those of the database.
pub async fn update(
    conn: &mut AsyncPgConnection,
    was: &Endpoint,
    change: EndpointChange,
    by: By<'_>,
) -> QueryResult<Endpoint> {
    let is = set(conn, was.id, change).await?;
    let values = (Some(seen(was)), Some(seen(&is)));
    note(conn, "webhook_endpoint_updated", was.id, values, by).await?;
    Ok(is)
}

/// The same without a line in the audit log.
pub(crate) async fn set(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    change: EndpointChange,
) -> QueryResult<Endpoint> {
    diesel::update(dsl::webhook_endpoints.find(id))
        .set(change)
        .returning(Endpoint::as_returning())
        .get_result(conn)
        .await
}

/// Deletes an endpoint that the caller has locked, with all its deliveries.
///
/// # Errors
/// Those of the database.
pub async fn delete(
    conn: &mut AsyncPgConnection,
    endpoint: &Endpoint,
    by: By<'_>,
) -> QueryResult<()> {
    diesel::delete(dsl::webhook_endpoints.find(endpoint.id))
        .execute(conn)
        .await?;
    let values = (Some(seen(endpoint)), None);
    note(conn, "webhook_endpoint_deleted", endpoint.id, values, by).await
}

/// Writes that an endpoint has another secret.
///
/// # Errors
/// Those of the database.
pub async fn note_rotated(
    conn: &mut AsyncPgConnection,
    endpoint: &Endpoint,
    overlap_seconds: i64,
    by: By<'_>,
) -> QueryResult<()> {
    let is = json!({ "overlap_seconds": overlap_seconds });
    note(
        conn,
        "webhook_secret_rotated",
        endpoint.id,
        (None, Some(is)),
        by,
    )
    .await
}

/// What the audit log has of an endpoint. Path and query of an address may hold a secret of the receiver: a short digest says
/// whether they have changed.
fn seen(endpoint: &Endpoint) -> Value {
    let digest = hex::encode(Sha256::digest(&endpoint.url));
    json!({
        "host": endpoint.host(), "url_digest": digest.get(..8), "description": endpoint.description,
        "events": endpoint.events, "enabled": endpoint.enabled,
    })
}

async fn note(
    conn: &mut AsyncPgConnection,
    action: &'static str,
    id: Uuid,
    (old_value, new_value): (Option<Value>, Option<Value>),
    (origin, user_id): By<'_>,
) -> QueryResult<()> {
    let change = Change {
        user_id,
        action,
        entity_type: "webhook_endpoint",
        entity_id: Some(id),
        old_value,
        new_value,
    };
    record(conn, origin, change).await
}
