//! When a key was used.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use uuid::Uuid;

use crate::facts::KeyUsed;
use schema::api_keys::dsl;

/// Remembers that a key was used, at most once a minute; its first use of a day, by UTC, is an event.
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
