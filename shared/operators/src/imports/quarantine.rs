//! Who was not brought over.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use schema::import_quarantine;
use serde::Serialize;

/// A person of the pre-MVP who was not brought over.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Serialize)]
pub struct Quarantined {
    /// Their number there.
    pub source_id: i64,
    /// Spelled as [`super::model::Reason::as_str`] does.
    pub reasons: Vec<String>,
    pub noted_at: DateTime<Utc>,
}

/// All of them, by their numbers.
///
/// # Errors
/// Those of the database.
pub async fn list(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Quarantined>> {
    import_quarantine::table
        .order(import_quarantine::source_id)
        .load(conn)
        .await
}
