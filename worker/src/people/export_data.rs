//! Exports a person's data: `data.json` and the photos, in one archive. Reads rows page by page and
//! photos one at a time, so that memory does not grow with the data.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use jobs::personal::{Export, Files, List};
use kernel::{Error, ErrorCode};
use mail::letter::Content;
use people::accounts::letters::to_person;
use people::accounts::queries::address_of;
use people::privacy::export::{PAGE, START};
use people::privacy::jobs::ExportData;
use people::privacy::messages::TellExport;
use people::privacy::{erase, export, queries, rules};
use product::FEATURES;
use serde_json::json;
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
        let known = erase::person(&mut conn, user_id).await?;
        drop(conn);
        // Neither exists once the person was deleted.
        let (Some(_), Some(_)) = (begun, known) else {
            return Ok(Outcome::Done);
        };
        let until = state.core.clock.now();
        let mut archive = data(state, Archive::create().await?, user_id, until).await?;
        for files in exports().flat_map(|one| one.files) {
            archive = add_files(state, archive, files, user_id, until).await?;
        }
        let finished = archive.finish().await?;
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
            true => enqueue_message(conn, self.request_id, self.user_id).await,
            false => Ok(Vec::new()),
        }
    }
}

/// Enqueues the message about a copy that is ready, and the letter, to a person who has proved an address.
async fn tell(
    conn: &mut AsyncPgConnection,
    request_id: Uuid,
    user_id: Uuid,
) -> QueryResult<Vec<Ticket>> {
    let mut tickets = enqueue_message(conn, request_id, user_id).await?;
    if let Some((_, _, Some(_))) = address_of(conn, user_id).await? {
        tickets.extend(to_person(conn, user_id, Content::ExportReady).await?);
    }
    Ok(tickets)
}

/// Enqueues the message about the end of the export.
async fn enqueue_message(
    conn: &mut AsyncPgConnection,
    request_id: Uuid,
    user_id: Uuid,
) -> QueryResult<Vec<Ticket>> {
    let Some(person) = erase::person(conn, user_id).await? else {
        return Ok(Vec::new());
    };
    let Some(chat_id) = person.telegram_id else {
        return Ok(Vec::new());
    };
    let job = TellExport {
        user_id,
        request_id,
        chat_id,
    };
    Ok(vec![ledger::enqueue(conn, &job).await?])
}

/// The exports of all features.
fn exports() -> impl Iterator<Item = &'static Export> {
    FEATURES.iter().map(|feature| &feature.personal.export)
}

/// Writes `data.json`: the single values, then each list.
async fn data(
    state: &WorkerState,
    archive: Archive,
    user_id: Uuid,
    until: DateTime<Utc>,
) -> Result<Archive, Error> {
    let mut archive = archive.begin_text("data.json").await?;
    let mut head = format!("{{\"exported_at\": {}", json!(until));
    for value in exports().flat_map(|one| one.values) {
        let found = export::value(&mut *state.db().await?, value, user_id).await?;
        head += &format!(",\n\"{}\": {}", value.name, json!(found));
    }
    archive = archive.write(head).await?;
    for list in exports().flat_map(|one| one.lists) {
        archive = add_list(state, archive, list, user_id, until).await?;
    }
    archive.write("}\n".to_owned()).await
}

async fn add_list(
    state: &WorkerState,
    mut archive: Archive,
    list: &List,
    user_id: Uuid,
    until: DateTime<Utc>,
) -> Result<Archive, Error> {
    archive = archive.write(format!(",\n\"{}\": [", list.name)).await?;
    let (mut place, mut gap) = (START, "\n");
    loop {
        let mut conn = state.db().await?;
        let rows = export::rows(&mut conn, list, user_id, until, place).await?;
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

/// Adds files as they were sent, without those that are not in the bucket any more.
async fn add_files(
    state: &WorkerState,
    mut archive: Archive,
    files: &Files,
    user_id: Uuid,
    until: DateTime<Utc>,
) -> Result<Archive, Error> {
    let mut place = START;
    loop {
        let mut conn = state.db().await?;
        let page = export::files(&mut conn, files, user_id, until, place).await?;
        drop(conn);
        for file in &page {
            place = file.place();
            if let Some(bytes) = state.core.providers.storage.get(&file.key).await? {
                let name = (files.file_name)(file.id, &bytes);
                archive = archive.file(name, bytes).await?;
            }
        }
        if page.len() < PAGE {
            return Ok(archive);
        }
    }
}
