//! What is done to keys, by `symancy keys` and by `/v1/api-keys`. Each function in the caller's transaction; afterwards the
//! caller tells all processes ([`super::news::announce`]).

use audit::model::Origin;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use kernel::Error;
use uuid::Uuid;

use super::fresh::{self, FreshKey};
use super::model::{ApiKey, NewApiKey, Quota, Rights};
use super::queries::By;
use super::{queries, rules};

/// Makes a key.
///
/// # Errors
/// `Internal` without random bytes; those of the database.
pub async fn create(
    conn: &mut AsyncPgConnection,
    rights: Rights,
    origin: &Origin,
) -> Result<(FreshKey, NewApiKey), Error> {
    let by = (origin, rights.created_by);
    let (fresh, key) = with_chance(rights)?;
    queries::create(conn, &key, by).await?;
    Ok((fresh, key))
}

fn with_chance(rights: Rights) -> Result<(FreshKey, NewApiKey), Error> {
    let fresh = fresh::make()?;
    let key = NewApiKey {
        id: Uuid::now_v7(),
        prefix: fresh.prefix.clone(),
        hash: rules::digest(fresh.text.as_bytes()),
        rights,
    };
    Ok((fresh, key))
}

/// Makes a key with the same rights and the same lifetime as an old one, which the caller has locked. The old one
/// expires after the grace, at the returned moment.
///
/// # Errors
/// `Conflict` if the old one is over already; those of the database.
pub async fn rotate(
    conn: &mut AsyncPgConnection,
    old: &ApiKey,
    grace: TimeDelta,
    now: DateTime<Utc>,
    by: By<'_>,
) -> Result<(FreshKey, NewApiKey, DateTime<Utc>), Error> {
    rules::may_be_replaced(old, now)?;
    let (fresh, key) = with_chance(Rights {
        expires_at: rules::end_of_successor(old, now),
        ..rights_of(old)
    })?;
    let end = rules::end_of_replaced(old.expires_at, now, grace);
    queries::replace(conn, old, &key, end, by).await?;
    Ok((fresh, key, end))
}

/// The rights of a key that exists.
fn rights_of(key: &ApiKey) -> Rights {
    Rights {
        name: key.name.clone(),
        note: key.note.clone(),
        scopes: key.scopes.clone(),
        allowed_addresses: key.allowed_addresses.clone(),
        expires_at: key.expires_at,
        persons: key.persons.clone(),
        account_id: key.account_id,
        created_by: key.created_by,
        rate_per_minute: key.rate_per_minute,
        quota: quota_of(key),
    }
}

/// The quota of a key that exists.
pub fn quota_of(key: &ApiKey) -> Option<Quota> {
    let period = rules::period(key.quota_period.as_deref()?)?;
    key.quota.map(|limit| Quota { limit, period })
}
