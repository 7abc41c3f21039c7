//! SQL over `api_keys`. Every change is written to the audit log in its own transaction.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{ApiKey, EVERYTHING, NewApiKey};
use crate::facts::KeyUsed;
use audit::model::{Change, Origin};
use audit::queries::record;
use schema::api_keys;
use schema::api_keys::dsl;

/// The prefix of the key that comes from the environment.
pub const N8N_PREFIX: &str = "env:N8N_API_KEY";

/// The key of a digest.
///
/// # Errors
/// Those of the database.
pub async fn by_hash(conn: &mut AsyncPgConnection, hash: &[u8; 32]) -> QueryResult<Option<ApiKey>> {
    dsl::api_keys
        .filter(dsl::hash.eq(hash.as_slice()))
        .select(ApiKey::as_select())
        .first(conn)
        .await
        .optional()
}

/// The valid keys, or all; the newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(conn: &mut AsyncPgConnection, all: bool) -> QueryResult<Vec<ApiKey>> {
    let mut found = dsl::api_keys.select(ApiKey::as_select()).into_boxed();
    if !all {
        let over = dsl::expires_at.le(diesel::dsl::now);
        let live = dsl::expires_at.is_null().or(diesel::dsl::not(over));
        found = found.filter(dsl::revoked_at.is_null()).filter(live);
    }
    found
        .order((dsl::created_at.desc(), dsl::id))
        .load(conn)
        .await
}

/// The keys with this prefix that were not revoked, locked until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn live_of(conn: &mut AsyncPgConnection, prefix: &str) -> QueryResult<Vec<ApiKey>> {
    dsl::api_keys
        .filter(dsl::prefix.eq(prefix))
        .filter(dsl::revoked_at.is_null())
        .select(ApiKey::as_select())
        .for_update()
        .load(conn)
        .await
}

/// Writes a key.
///
/// # Errors
/// Those of the database.
pub async fn create(
    conn: &mut AsyncPgConnection,
    key: &NewApiKey,
    origin: &Origin,
) -> QueryResult<()> {
    conn.transaction(async |conn| {
        insert(conn, key).await?;
        let change = change("api_key_created", key.id, None, Some(rights(key)));
        record(conn, origin, change).await
    })
    .await
}

/// Makes sure that the key of the environment has its row, named `n8n`. An existing row stays as it
/// is: a revoked key stays revoked.
///
/// # Errors
/// Those of the database.
pub async fn ensure_n8n(conn: &mut AsyncPgConnection, hash: [u8; 32]) -> QueryResult<ApiKey> {
    let key = NewApiKey {
        id: Uuid::now_v7(),
        name: "n8n".to_owned(),
        prefix: N8N_PREFIX.to_owned(),
        hash,
        scopes: vec![EVERYTHING.to_owned()],
        allowed_addresses: Vec::new(),
        expires_at: None,
        persons: None,
    };
    conn.transaction(async |conn| {
        if insert(conn, &key).await? == 1 {
            let change = change("api_key_created", key.id, None, Some(rights(&key)));
            record(conn, &Origin::own("operator"), change).await?;
        }
        dsl::api_keys
            .filter(dsl::hash.eq(hash.as_slice()))
            .select(ApiKey::as_select())
            .first(conn)
            .await
    })
    .await
}

async fn insert(conn: &mut AsyncPgConnection, key: &NewApiKey) -> QueryResult<usize> {
    diesel::insert_into(api_keys::table)
        .values((
            dsl::id.eq(key.id),
            dsl::name.eq(&key.name),
            dsl::prefix.eq(&key.prefix),
            dsl::hash.eq(key.hash.as_slice()),
            dsl::scopes.eq(&key.scopes),
            dsl::allowed_addresses.eq(&key.allowed_addresses),
            dsl::expires_at.eq(key.expires_at),
            dsl::persons.eq(&key.persons),
        ))
        .on_conflict(dsl::hash)
        .do_nothing()
        .execute(conn)
        .await
}

/// Writes a key that replaces another, which expires at `end`. Both in the transaction in which the
/// caller has locked the old one.
///
/// # Errors
/// Those of the database.
pub async fn replace(
    conn: &mut AsyncPgConnection,
    old: &ApiKey,
    new: &NewApiKey,
    end: DateTime<Utc>,
    origin: &Origin,
) -> QueryResult<()> {
    create(conn, new, origin).await?;
    diesel::update(dsl::api_keys.find(old.id))
        .set((dsl::expires_at.eq(end), dsl::replaced_by.eq(new.id)))
        .execute(conn)
        .await?;
    let was = json!({ "expires_at": old.expires_at, "replaced_by": old.replaced_by });
    let is = json!({ "expires_at": end, "replaced_by": new.id });
    record(
        conn,
        origin,
        change("api_key_replaced", old.id, Some(was), Some(is)),
    )
    .await
}

/// Revokes a key.
///
/// # Errors
/// Those of the database.
pub async fn revoke(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
    origin: &Origin,
) -> QueryResult<()> {
    diesel::update(dsl::api_keys.find(id))
        .set(dsl::revoked_at.eq(now))
        .execute(conn)
        .await?;
    let (was, is) = (json!({ "revoked_at": null }), json!({ "revoked_at": now }));
    record(
        conn,
        origin,
        change("api_key_revoked", id, Some(was), Some(is)),
    )
    .await
}

/// Remembers that a key was used, at most once a minute; its first use of a day, by UTC, is an event.
///
/// # Errors
/// Those of the database.
pub async fn note_use(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    address: Option<IpAddr>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let lately = now - chrono::TimeDelta::minutes(1);
    let unnoted = dsl::last_used_at.is_null().or(dsl::last_used_at.le(lately));
    conn.transaction(async |conn| {
        let was: Option<Option<DateTime<Utc>>> = dsl::api_keys
            .find(id)
            .filter(unnoted)
            .select(dsl::last_used_at)
            .for_no_key_update()
            .first(conn)
            .await
            .optional()?;
        let Some(was) = was else {
            return Ok(0);
        };
        let noted = diesel::update(dsl::api_keys.find(id))
            .set((
                dsl::last_used_at.eq(now),
                dsl::last_used_address.eq(address.map(IpNet::from)),
            ))
            .execute(conn)
            .await?;
        if was.is_none_or(|was| was.date_naive() < now.date_naive()) {
            events::record(conn, None, &KeyUsed { key: id }).await?;
        }
        Ok(noted)
    })
    .await
}

/// The rights of a key, for the audit log.
fn rights(key: &NewApiKey) -> Value {
    json!({
        "name": key.name, "prefix": key.prefix, "scopes": key.scopes,
        "allowed_addresses": key.allowed_addresses, "expires_at": key.expires_at,
        "persons": key.persons.as_ref().map(Vec::len),
    })
}

fn change(action: &'static str, id: Uuid, was: Option<Value>, is: Option<Value>) -> Change {
    Change {
        user_id: None,
        action,
        entity_type: "api_key",
        entity_id: Some(id),
        old_value: was,
        new_value: is,
    }
}
