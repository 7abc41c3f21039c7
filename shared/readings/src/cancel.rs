//! Cancels a reading at its person's wish.

use audit::model::{Change, Origin};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use uuid::Uuid;

use crate::model::{Analysis, AnalysisStatus};
use crate::{facts, history, unit};
use schema::analysis_history as analyses;

/// Cancels a reading that no step has begun and that the caller has locked, gives its unit back, and writes a
/// line of the audit log.
///
/// # Errors
/// Those of the database.
pub async fn cancel(
    conn: &mut AsyncPgConnection,
    was: &Analysis,
    origin: &Origin,
) -> QueryResult<()> {
    history::cancel(conn, was.id).await?;
    unit::give_back(conn, was.id).await?;
    facts::ended(conn, was.id).await?;
    audit::queries::record(conn, origin, ended("analysis_canceled", was)).await
}

/// The line of the audit log for a reading that its person has ended.
pub(crate) fn ended(action: &'static str, was: &Analysis) -> Change {
    Change {
        user_id: Some(was.user_id),
        action,
        entity_type: "analysis",
        entity_id: Some(was.id),
        old_value: Some(json!({ "status": was.status, "focus_area": was.focus_area })),
        new_value: None,
    }
}

/// The outcome of a wish to cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempted {
    /// These readings are cancelled, at least one.
    Cancelled(Vec<Uuid>),
    /// All readings that are under way have been begun.
    TooLate,
    /// No reading is under way.
    Nothing,
}

/// Cancels the readings of a person's chat that no step has begun.
///
/// # Errors
/// Those of the database.
pub async fn cancel_in_chat(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    origin: &Origin,
) -> QueryResult<Attempted> {
    let under_way: Vec<Analysis> = analyses::table
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::chat_id.is_not_null())
        .filter(analyses::status.eq_any([AnalysisStatus::Pending, AnalysisStatus::Processing]))
        .order(analyses::id)
        .select(Analysis::as_select())
        .for_update()
        .load(conn)
        .await?;
    let mut cancelled = Vec::new();
    for reading in &under_way {
        if reading.status == AnalysisStatus::Pending {
            cancel(conn, reading, origin).await?;
            cancelled.push(reading.id);
        }
    }
    Ok(match (cancelled.is_empty(), under_way.is_empty()) {
        (false, _) => Attempted::Cancelled(cancelled),
        (true, false) => Attempted::TooLate,
        (true, true) => Attempted::Nothing,
    })
}
