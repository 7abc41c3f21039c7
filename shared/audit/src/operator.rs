//! Audit entries of operators: their actions on jobs and queues, what they have read, and where they
//! came from.

use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use ipnet::IpNet;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Change, Origin};
use super::queries::record;
use schema::audit_logs;

/// Records an action that was just carried out, and the name that the operator gave. After the action
/// and not in its transaction: retrying a job cannot run inside one.
///
/// # Errors
/// Those of the database.
pub async fn note(
    conn: &mut AsyncPgConnection,
    origin: &Origin,
    by: &str,
    action: &'static str,
    job: Option<Uuid>,
    about: Value,
) -> QueryResult<()> {
    let change = Change {
        user_id: None,
        action,
        entity_type: if job.is_some() { "job" } else { "queue" },
        entity_id: job,
        old_value: None,
        new_value: Some(json!({ "by": by.replace('\0', ""), "about": about })),
    };
    record(conn, origin, change).await
}

/// Records that an operator came from this address, unless a line that is still kept says so. Returns whether
/// this is the first.
///
/// # Errors
/// Those of the database.
pub async fn seen(conn: &mut AsyncPgConnection, origin: &Origin, by: &str) -> QueryResult<bool> {
    const ACTION: &str = "operator_seen";
    let before = audit_logs::table
        .filter(audit_logs::action.eq(ACTION))
        .filter(audit_logs::ip_address.is_not_distinct_from(origin.address.map(IpNet::from)));
    if diesel::select(exists(before)).get_result(conn).await? {
        return Ok(false);
    }
    let change = Change {
        user_id: None,
        action: ACTION,
        entity_type: "operator",
        entity_id: None,
        old_value: None,
        new_value: Some(json!({ "by": by })),
    };
    record(conn, origin, change).await?;
    Ok(true)
}
