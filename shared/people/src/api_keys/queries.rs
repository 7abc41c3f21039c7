//! SQL over `api_keys`. Every change is written to the audit log in its own transaction.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{ApiKey, EVERYTHING, NewApiKey, Owner, Rights};
use audit::model::{Change, Origin};
use audit::queries::record;
use schema::api_keys::dsl;
use schema::{accounts, api_keys, users};

/// The prefix of the key that comes from the environment.
pub const N8N_PREFIX: &str = "env:N8N_API_KEY";

/// The key of a digest, and whom it acts for.
///
/// # Errors
/// Those of the database.
pub async fn by_hash(
    conn: &mut AsyncPgConnection,
    hash: &[u8; 32],
) -> QueryResult<Option<(ApiKey, Owner)>> {
    let found: Option<(ApiKey, Option<Uuid>, Option<i64>)> = dsl::api_keys
        .left_join(accounts::table)
        .left_join(users::table.on(users::id.nullable().eq(accounts::user_id.nullable())))
        .filter(dsl::hash.eq(hash.as_slice()))
        .select((
            ApiKey::as_select(),
            users::id.nullable(),
            users::telegram_id.nullable(),
        ))
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(key, person, telegram_id)| {
        let owner = match (key.account_id, person) {
            (None, _) => Owner::Operator,
            (Some(_), Some(id)) => Owner::Person { id, telegram_id },
            (Some(account), None) => Owner::Organization(account),
        };
        (key, owner)
    }))
}

/// The keys of an account, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn of_account(conn: &mut AsyncPgConnection, account: Uuid) -> QueryResult<Vec<ApiKey>> {
    dsl::api_keys
        .filter(dsl::account_id.eq(account))
        .order((dsl::created_at.desc(), dsl::id))
        .select(ApiKey::as_select())
        .load(conn)
        .await
}

/// How many keys of an account are neither revoked nor over.
///
/// # Errors
/// Those of the database.
pub async fn count_of_account(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<i64> {
    dsl::api_keys
        .filter(dsl::account_id.eq(account))
        .filter(dsl::revoked_at.is_null())
        .filter(dsl::expires_at.is_null().or(dsl::expires_at.gt(now)))
        .select(diesel::dsl::count_star())
        .first(conn)
        .await
}

/// Locks the account of a person until the transaction ends. References to it are not waited for, nor do they wait. The person
/// comes first, as in an erasure: what follows refers to them (lines of the audit log).
///
/// # Errors
/// `NotFound` if it is gone, or those of the database.
pub async fn lock_account(conn: &mut AsyncPgConnection, account: Uuid) -> QueryResult<()> {
    let person = users::table.find(account).select(users::id);
    person.for_key_share().first::<Uuid>(conn).await?;
    let own = accounts::table.find(account).select(accounts::id);
    own.for_no_key_update().first::<Uuid>(conn).await.map(drop)
}

/// A key of an account.
///
/// # Errors
/// `NotFound`, or those of the database.
pub async fn by_id(conn: &mut AsyncPgConnection, account: Uuid, id: Uuid) -> QueryResult<ApiKey> {
    dsl::api_keys
        .find(id)
        .filter(dsl::account_id.eq(account))
        .select(ApiKey::as_select())
        .first(conn)
        .await
}

/// The same, locked until the transaction ends.
///
/// # Errors
/// `NotFound`, or those of the database.
pub async fn locked(conn: &mut AsyncPgConnection, account: Uuid, id: Uuid) -> QueryResult<ApiKey> {
    dsl::api_keys
        .find(id)
        .filter(dsl::account_id.eq(account))
        .select(ApiKey::as_select())
        .for_update()
        .first(conn)
        .await
}

/// The keys of an account that a person has made and that are not revoked, locked until the transaction ends.
///
/// # Errors
/// Those of the database.
pub async fn made_by(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    person: Uuid,
) -> QueryResult<Vec<ApiKey>> {
    dsl::api_keys
        .filter(dsl::account_id.eq(account))
        .filter(dsl::created_by.eq(person))
        .filter(dsl::revoked_at.is_null())
        .order(dsl::id)
        .select(ApiKey::as_select())
        .for_update()
        .load(conn)
        .await
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

/// Who changes a key: what the request says of itself, and the person whose request it is, with whom the line of the
/// audit log goes.
pub type By<'a> = (&'a Origin, Option<Uuid>);

/// Writes a key.
///
/// # Errors
/// Those of the database.
pub async fn create(
    conn: &mut AsyncPgConnection,
    key: &NewApiKey,
    (origin, person): By<'_>,
) -> QueryResult<()> {
    conn.transaction(async |conn| {
        insert(conn, key).await?;
        let change = change(person, "api_key_created", key.id, None, Some(rights(key)));
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
        prefix: N8N_PREFIX.to_owned(),
        hash,
        rights: Rights {
            name: "n8n".to_owned(),
            scopes: vec![EVERYTHING.to_owned()],
            ..Rights::default()
        },
    };
    conn.transaction(async |conn| {
        if insert(conn, &key).await? == 1 {
            let change = change(None, "api_key_created", key.id, None, Some(rights(&key)));
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
    let rights = &key.rights;
    diesel::insert_into(api_keys::table)
        .values((
            dsl::id.eq(key.id),
            dsl::name.eq(&rights.name),
            dsl::note.eq(&rights.note),
            dsl::prefix.eq(&key.prefix),
            dsl::hash.eq(key.hash.as_slice()),
            dsl::scopes.eq(&rights.scopes),
            dsl::allowed_addresses.eq(&rights.allowed_addresses),
            dsl::expires_at.eq(rights.expires_at),
            dsl::persons.eq(&rights.persons),
            dsl::account_id.eq(rights.account_id),
            dsl::created_by.eq(rights.created_by),
            dsl::rate_per_minute.eq(rights.rate_per_minute),
            dsl::quota.eq(rights.quota.map(|quota| quota.limit)),
            dsl::quota_period.eq(rights.quota.map(|quota| quota.period.as_str())),
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
    by: By<'_>,
) -> QueryResult<()> {
    create(conn, new, by).await?;
    diesel::update(dsl::api_keys.find(old.id))
        .set((dsl::expires_at.eq(end), dsl::replaced_by.eq(new.id)))
        .execute(conn)
        .await?;
    let was = json!({ "expires_at": old.expires_at, "replaced_by": old.replaced_by });
    let is = json!({ "expires_at": end, "replaced_by": new.id });
    let (origin, person) = by;
    let line = change(person, "api_key_replaced", old.id, Some(was), Some(is));
    record(conn, origin, line).await
}

/// Revokes a key.
///
/// # Errors
/// Those of the database.
pub async fn revoke(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
    (origin, person): By<'_>,
) -> QueryResult<()> {
    diesel::update(dsl::api_keys.find(id))
        .set(dsl::revoked_at.eq(now))
        .execute(conn)
        .await?;
    let (was, is) = (json!({ "revoked_at": null }), json!({ "revoked_at": now }));
    let line = change(person, "api_key_revoked", id, Some(was), Some(is));
    record(conn, origin, line).await
}

/// Revokes the live keys of an account. Other processes hear of it within 5 s.
///
/// # Errors
/// Those of the database.
pub async fn revoke_all_of(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    now: DateTime<Utc>,
    by: By<'_>,
) -> QueryResult<()> {
    let keys = of_account(conn, account).await?;
    for key in keys.iter().filter(|key| key.revoked_at.is_none()) {
        revoke(conn, key.id, now, by).await?;
    }
    Ok(())
}

/// What is changed of a key; `None` stays as it is, `Some(None)` is taken away.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = api_keys)]
pub struct KeyChange {
    pub name: Option<String>,
    pub note: Option<Option<String>>,
    pub enabled: Option<bool>,
    pub scopes: Option<Vec<String>>,
    pub allowed_addresses: Option<Vec<String>>,
    pub rate_per_minute: Option<Option<i32>>,
    pub quota: Option<Option<i64>>,
    pub quota_period: Option<Option<&'static str>>,
    /// Another period begins anew.
    pub quota_resets_at: Option<Option<DateTime<Utc>>>,
}

/// Changes a key that the caller has locked. The change is not empty.
///
/// # Errors
/// Those of the database.
pub async fn update(
    conn: &mut AsyncPgConnection,
    was: &ApiKey,
    change_of_key: KeyChange,
    (origin, person): By<'_>,
) -> QueryResult<ApiKey> {
    let is = diesel::update(dsl::api_keys.find(was.id))
        .set(change_of_key)
        .returning(ApiKey::as_returning())
        .get_result(conn)
        .await?;
    let values = (Some(settings(was)), Some(settings(&is)));
    let line = change(person, "api_key_updated", was.id, values.0, values.1);
    record(conn, origin, line).await?;
    Ok(is)
}

/// What can be changed of a key, for the audit log.
fn settings(key: &ApiKey) -> Value {
    json!({
        "name": key.name, "enabled": key.enabled, "scopes": key.scopes,
        "allowed_addresses": key.allowed_addresses, "rate_per_minute": key.rate_per_minute,
        "quota": key.quota, "quota_period": key.quota_period,
    })
}

/// Deletes a key.
///
/// # Errors
/// Those of the database.
pub async fn delete(
    conn: &mut AsyncPgConnection,
    key: &ApiKey,
    (origin, person): By<'_>,
) -> QueryResult<()> {
    diesel::delete(dsl::api_keys.find(key.id))
        .execute(conn)
        .await?;
    let was = json!({ "name": key.name, "prefix": key.prefix });
    let line = change(person, "api_key_deleted", key.id, Some(was), None);
    record(conn, origin, line).await
}

/// The rights of a key, for the audit log.
fn rights(key: &NewApiKey) -> Value {
    let rights = &key.rights;
    json!({
        "name": rights.name, "prefix": key.prefix, "scopes": rights.scopes,
        "allowed_addresses": rights.allowed_addresses, "expires_at": rights.expires_at,
        "persons": rights.persons.as_ref().map(Vec::len), "account": rights.account_id,
        "by": rights.created_by, "rate_per_minute": rights.rate_per_minute,
        "quota": rights.quota.map(|quota| (quota.limit, quota.period)),
    })
}

fn change(
    person: Option<Uuid>,
    action: &'static str,
    id: Uuid,
    was: Option<Value>,
    is: Option<Value>,
) -> Change {
    Change {
        user_id: person,
        action,
        entity_type: "api_key",
        entity_id: Some(id),
        old_value: was,
        new_value: is,
    }
}
