//! When a key was used.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use uuid::Uuid;

use crate::facts::KeyUsed;
use schema::accounts;
use schema::api_keys::dsl;

/// Remembers that a key was used, at most once a minute; its first use of a day, by UTC, is an event of its account.
///
/// # Errors
/// Those of the database.
pub async fn note(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    address: Option<IpAddr>,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let lately = now - TimeDelta::minutes(1);
    let unnoted = || dsl::last_used_at.is_null().or(dsl::last_used_at.le(lately));
    conn.transaction(async |conn| {
        let account: Option<Option<Uuid>> = dsl::api_keys
            .find(id)
            .filter(unnoted())
            .select(dsl::account_id)
            .first(conn)
            .await
            .optional()?;
        let Some(account) = account else {
            return Ok(0);
        };
        let Some(person) = kept(conn, account).await? else {
            return Ok(0);
        };
        let was: Option<Option<DateTime<Utc>>> = dsl::api_keys
            .find(id)
            .filter(unnoted())
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
            events::record_of(conn, (person, account), &KeyUsed { key: id }).await?;
        }
        Ok(noted)
    })
    .await
}

/// The person of an account, which is kept until the transaction ends: an erasure severs events by their person, and finds
/// the one that follows. Before the key, as all who change keys do. `None`: the account is gone.
async fn kept(
    conn: &mut AsyncPgConnection,
    account: Option<Uuid>,
) -> QueryResult<Option<Option<Uuid>>> {
    let Some(account) = account else {
        return Ok(Some(None));
    };
    let person = accounts::table.find(account).select(accounts::user_id);
    person.for_key_share().first(conn).await.optional()
}
