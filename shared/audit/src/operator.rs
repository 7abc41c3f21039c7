//! Audit entries of operator actions on jobs and queues.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Change, Origin};
use super::queries::record;

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
