//! SQL over `audit_logs`.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;

use super::model::{Change, Origin};
use schema::audit_logs;

/// The longest user agent that is kept, in characters.
pub const USER_AGENT_MAX: usize = 500;

/// Writes an entry, in the transaction of the change.
///
/// # Errors
/// Those of the database.
pub async fn record(
    conn: &mut AsyncPgConnection,
    origin: &Origin,
    change: Change,
) -> QueryResult<()> {
    diesel::insert_into(audit_logs::table)
        .values((
            audit_logs::user_id.eq(change.user_id),
            audit_logs::action.eq(change.action),
            audit_logs::entity_type.eq(change.entity_type),
            audit_logs::entity_id.eq(change.entity_id),
            audit_logs::old_value.eq(change.old_value),
            audit_logs::new_value.eq(change.new_value),
            audit_logs::ip_address.eq(origin.address.map(IpNet::from)),
            audit_logs::user_agent.eq(&origin.user_agent),
            audit_logs::actor.eq(&origin.actor),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// The statements that delete old entries (the retention job runs them): after 90 days (design
/// document, section 13.6).
pub const PRUNE: &[&str] = &["SELECT audit_logs_prune($1)"];
