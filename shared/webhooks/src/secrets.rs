//! What messages to an endpoint are signed with. Sealed: a copy of the database alone signs nothing.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use people::factors::vault::Vault;
use uuid::Uuid;
use vendors::standard_webhooks::Secret;

use crate::model::Endpoint;
use schema::webhook_secrets as secrets;

/// Makes a secret for an endpoint. The one before ends after the overlap, until when both sign; older ones end at once.
///
/// # Errors
/// `Conflict` without a key to seal with; those of the database.
pub async fn make(
    conn: &mut AsyncPgConnection,
    vault: &Vault,
    endpoint: &Endpoint,
    overlap: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Secret, Error> {
    let secret = Secret::fresh()?;
    let sealed = vault.seal(endpoint.account_id, secret.text().as_bytes())?;
    let own = secrets::table.filter(secrets::endpoint_id.eq(endpoint.id));
    // So there are never more than two.
    let older = own.filter(secrets::ends_at.is_not_null());
    diesel::delete(older).execute(conn).await?;
    diesel::update(own)
        .set(secrets::ends_at.eq(now + overlap))
        .execute(conn)
        .await?;
    diesel::insert_into(secrets::table)
        .values((
            secrets::id.eq(Uuid::now_v7()),
            secrets::endpoint_id.eq(endpoint.id),
            secrets::account_id.eq(endpoint.account_id),
            secrets::key_id.eq(&sealed.key_id),
            secrets::sealed.eq(&sealed.bytes),
            secrets::created_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(secret)
}

/// The secrets that sign now, the newest first.
///
/// # Errors
/// `Internal` without the key that they are sealed with; those of the database.
pub async fn of(
    conn: &mut AsyncPgConnection,
    vault: &Vault,
    endpoint: &Endpoint,
    now: DateTime<Utc>,
) -> Result<Vec<Secret>, Error> {
    let rows: Vec<(String, Vec<u8>)> = secrets::table
        .filter(secrets::endpoint_id.eq(endpoint.id))
        .filter(secrets::ends_at.is_null().or(secrets::ends_at.gt(now)))
        .order((secrets::created_at.desc(), secrets::id.desc()))
        .select((secrets::key_id, secrets::sealed))
        .load(conn)
        .await?;
    rows.iter().map(|row| open(vault, endpoint, row)).collect()
}

fn open(
    vault: &Vault,
    endpoint: &Endpoint,
    (key_id, sealed): &(String, Vec<u8>),
) -> Result<Secret, Error> {
    let text = vault.open(endpoint.account_id, key_id, sealed)?;
    let text = String::from_utf8(text).map_err(Error::internal)?;
    text.parse::<Secret>().map_err(Error::internal)
}

/// Those that sign nothing more (see [`::jobs::prune`]).
pub(crate) const PRUNE: &[&str] = &["DELETE FROM webhook_secrets WHERE id IN (
         SELECT id FROM webhook_secrets WHERE ends_at < now() LIMIT $1)"];
