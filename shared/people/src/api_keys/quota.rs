//! The counter of a key's quota.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use schema::api_keys;

/// Counts a request in the day or month of UTC that has begun. One guarded statement: of any number at once as many are
/// admitted as are left.
const SPEND: &str = "
    UPDATE api_keys SET
        quota_used = CASE WHEN quota_resets_at > $2 THEN quota_used + 1 ELSE 1 END,
        quota_resets_at = CASE WHEN quota_resets_at > $2 THEN quota_resets_at
            ELSE (date_trunc(quota_period, $2 AT TIME ZONE 'UTC') + ('1 ' || quota_period)::interval)
                AT TIME ZONE 'UTC' END
    WHERE id = $1 AND quota IS NOT NULL AND (quota_resets_at > $2 AND quota_used >= quota) IS NOT TRUE";

/// Whether a request is within the quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spent {
    Admitted,
    /// Nothing is left before this moment.
    UsedUp(DateTime<Utc>),
}

/// Counts a request of a key.
///
/// # Errors
/// Those of the database.
pub async fn spend(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<Spent> {
    let counted = diesel::sql_query(SPEND)
        .bind::<SqlUuid, _>(id)
        .bind::<Timestamptz, _>(now)
        .execute(conn)
        .await?;
    if counted == 1 {
        return Ok(Spent::Admitted);
    }
    let key = api_keys::table
        .find(id)
        .filter(api_keys::quota.is_not_null());
    let until = key.select(api_keys::quota_resets_at).first(conn).await;
    // The quota may have been lifted a moment ago, or the key deleted, which its next look-up finds.
    let until: Option<Option<DateTime<Utc>>> = until.optional()?;
    Ok(until.flatten().map_or(Spent::Admitted, Spent::UsedUp))
}
