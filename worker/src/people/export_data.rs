//! Exports a person's data: `data.json` and the photos, in one archive. Reads rows page by page and
//! photos one at a time, so that memory does not grow with the data.

use std::io::Cursor;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::{Error, ErrorCode};
use people::privacy::jobs::ExportData;
use people::privacy::messages::TellExport;
use people::privacy::{queries, rules};
use product::erasure::erase;
use product::erasure::export;
use product::erasure::export::{PAGE, SECTIONS, START, Section};
use readings::photo;
use serde_json::{Value, json};
use uuid::Uuid;
use vendors::storage::Body;

use super::archive::Archive;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for ExportData {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let Self {
            request_id,
            user_id,
        } = self;
        let mut conn = state.db().await?;
        let begun = queries::begin(&mut conn, request_id, attempt.redriven()).await?;
        let known = export::person(&mut conn, user_id).await?;
        drop(conn);
        // Neither exists once the person was deleted.
        let (Some(_), Some(person)) = (begun, known) else {
            return Ok(Outcome::Done);
        };
        let until = state.core.clock.now();
        let archive = data(state, Archive::create().await?, user_id, person, until).await?;
        let finished = photos(state, archive, user_id, until)
            .await?
            .finish()
            .await?;
        let (key, size) = (rules::archive_key(request_id), finished.size_bytes);
        let body = Body::File(finished.file.path().to_owned());
        let storage = &state.core.providers.storage;
        storage.put(&key, body, "application/zip").await?;
        let stored = store(&state.core.db, attempt, async |conn| {
            Ok(
                match queries::complete_export(conn, request_id, &key, size).await? {
                    true => Some(tell(conn, request_id, user_id).await?),
                    false => None,
                },
            )
        })
        .await?;
        let Some(tickets) = stored else {
            // The person was deleted meanwhile. If this fails, the hourly sweep removes the archive.
            storage.delete(&key).await?;
            return Ok(Outcome::Closed(Vec::new()));
        };
        Ok(Outcome::Closed(tickets))
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        match queries::fail(conn, self.request_id, code).await? {
            true => tell(conn, self.request_id, self.user_id).await,
            false => Ok(Vec::new()),
        }
    }
}

/// Enqueues the message about the end of the export.
async fn tell(
    conn: &mut AsyncPgConnection,
    request_id: Uuid,
    user_id: Uuid,
) -> QueryResult<Vec<Ticket>> {
    let Some(person) = erase::person(conn, user_id).await? else {
        return Ok(Vec::new());
    };
    let job = TellExport {
        request_id,
        chat_id: person.telegram_id,
    };
    Ok(vec![ledger::enqueue(conn, &job).await?])
}

/// Writes `data.json`: the single values, then each list.
async fn data(
    state: &WorkerState,
    archive: Archive,
    user_id: Uuid,
    person: Value,
    until: DateTime<Utc>,
) -> Result<Archive, Error> {
    let mut archive = archive.begin_text("data.json").await?;
    let mut head = format!("{{\"exported_at\": {}", json!(until));
    for name in ["personal_data", "consents", "subscription_data"] {
        head += &format!(",\n\"{name}\": {}", person[name]);
    }
    archive = archive.write(head).await?;
    for section in SECTIONS {
        archive = list(state, archive, section, user_id, until).await?;
    }
    archive.write("}\n".to_owned()).await
}

async fn list(
    state: &WorkerState,
    mut archive: Archive,
    section: &Section,
    user_id: Uuid,
    until: DateTime<Utc>,
) -> Result<Archive, Error> {
    archive = archive.write(format!(",\n\"{}\": [", section.name)).await?;
    let (mut place, mut gap) = (START, "\n");
    loop {
        let mut conn = state.db().await?;
        let rows = export::page(&mut conn, section, user_id, until, place).await?;
        drop(conn);
        let mut text = String::new();
        for row in &rows {
            text += gap;
            text += &row.row.to_string();
            (place, gap) = (row.place(), ",\n");
        }
        archive = archive.write(text).await?;
        if rows.len() < PAGE {
            return archive.write("]".to_owned()).await;
        }
    }
}

/// Adds the photos as they were sent, without those that are not in the bucket any more.
async fn photos(
    state: &WorkerState,
    mut archive: Archive,
    user_id: Uuid,
    until: DateTime<Utc>,
) -> Result<Archive, Error> {
    let mut place = START;
    loop {
        let mut conn = state.db().await?;
        let page = export::photos(&mut conn, user_id, until, place).await?;
        drop(conn);
        for of_reading in &page {
            place = (of_reading.created_at, of_reading.id);
            if let Some(bytes) = state.core.providers.storage.get(&of_reading.key).await? {
                let kind = photo::inspect(Cursor::new(&bytes)).ok();
                let kind = kind.map(|photo| photo.content_type());
                let name = rules::photo_name(of_reading.id, kind);
                archive = archive.photo(name, bytes).await?;
            }
        }
        if page.len() < PAGE {
            return Ok(archive);
        }
    }
}
