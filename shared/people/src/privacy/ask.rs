//! A person asks for a copy or the deletion of their data: the request, its line of the audit log, its job.

use audit::model::{Change, Origin};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use uuid::Uuid;

use super::jobs::{DeleteData, ExportData};
use super::model::RequestKind;
use super::queries;
use super::queries::Asked;
use crate::abuse_memory::MemoryKey;
use crate::organizations::estate;

/// Stores a request with its job, unless the same one is live already, or its copy is younger than a day. In
/// the caller's transaction. Who would leave other members without an owner is not deleted.
///
/// # Errors
/// Those of the database.
pub async fn ask(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    kind: RequestKind,
    memory: &[MemoryKey],
    origin: &Origin,
) -> QueryResult<(Asked, Option<Ticket>)> {
    if kind == RequestKind::Deletion && estate::leaves_others(conn, user_id).await? {
        return Ok((Asked::OwnsAlone, None));
    }
    let asked = queries::ask(conn, user_id, kind, memory).await?;
    let Asked::New(request) = &asked else {
        return Ok((asked, None));
    };
    let request_id = request.id;
    let change = Change {
        user_id: Some(user_id),
        action: match kind {
            RequestKind::Export => "data_export_requested",
            RequestKind::Deletion => "data_deletion_requested",
        },
        entity_type: "privacy_request",
        entity_id: Some(request_id),
        old_value: None,
        new_value: None,
    };
    audit::queries::record(conn, origin, change).await?;
    let ticket = match kind {
        RequestKind::Export => {
            let job = ExportData {
                request_id,
                user_id,
            };
            ledger::enqueue(conn, &job).await?
        }
        RequestKind::Deletion => {
            let job = DeleteData {
                request_id,
                user_id,
            };
            ledger::enqueue(conn, &job).await?
        }
    };
    Ok((asked, Some(ticket)))
}
