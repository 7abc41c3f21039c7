//! What operators do to jobs and queues, in the audit log.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{Change, Origin};
use super::queries::record;

/// Writes down what was just done, and by whom, as far as they say. After it and not with it: sending
/// a job round again does not go inside a transaction.
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
