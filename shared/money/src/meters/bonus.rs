//! Readings beyond the plan. Each reason gives a person one, once: also after a deletion of their data (`REMEMBER`
//! and `RECALL` of `crate::FEATURE`). The SQL function `take_units` takes one where the plan has none left.

use diesel::QueryResult;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::queries::lock_usage;

/// What a person gets a bonus unit for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// They came by the link of another person.
    Invited,
    /// Another person came by their link.
    Referrer,
}

impl Reason {
    fn statement(self) -> &'static str {
        match self {
            Self::Invited => INVITED,
            Self::Referrer => REFERRER,
        }
    }
}

const INVITED: &str = "UPDATE meters SET bonus_units = bonus_units + 1, bonus_as_invited = TRUE
     WHERE account_id = $1 AND unit = 'analyses' AND NOT bonus_as_invited";

const REFERRER: &str = "UPDATE meters SET bonus_units = bonus_units + 1, bonus_as_referrer = TRUE
     WHERE account_id = $1 AND unit = 'analyses' AND NOT bonus_as_referrer";

/// Gives a person a unit, unless they have had it for this reason. Returns whether it did. Locks the meter of their readings.
///
/// # Errors
/// Those of the database.
pub async fn give(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    reason: Reason,
) -> QueryResult<bool> {
    lock_usage(conn, user_id).await?;
    let given = diesel::sql_query(reason.statement())
        .bind::<SqlUuid, _>(user_id)
        .execute(conn)
        .await?;
    Ok(given == 1)
}
