//! Step 1 of a photo sent to the bot: copies it from Telegram into the bucket.

use std::io::Cursor;

use bytes::Bytes;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::{Error, ErrorCode};
use readings::jobs::{FetchPhoto, PrepareImage};
use readings::photo;
use readings::photo::PhotoFault;
use readings::{queries, rules};
use vendors::storage::Body;
use vendors::{ProviderError, ProviderErrorKind};

use super::{abandon, begin, discard, is_wanted, required};
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

/// After so many attempts a file that is not there yet is taken to be gone.
const FILE_ATTEMPTS: i32 = 6;

impl Handler<WorkerState> for FetchPhoto {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let id = self.analysis_id;
        let Some(steps) = begin(state, attempt, id).await? else {
            return Ok(Outcome::Done);
        };
        let priority = steps.priority();
        let file_id = required(steps.source_file_id, "the file id")?;
        let downloaded = state
            .core
            .providers
            .inbox
            .download(&file_id, photo::MAX_BYTES)
            .await;
        let bytes = downloaded
            .map_err(|why| unless_late(why, attempt))?
            .ok_or(PhotoFault::TooManyBytes)
            .map_err(Error::from)?;
        let photo = photo::inspect(Cursor::new(&bytes)).map_err(Error::from)?;
        // Place, camera and time of the photo are not kept.
        let mut stripped = Cursor::new(Vec::with_capacity(bytes.len()));
        pictures::strip(Cursor::new(&bytes), &mut stripped).map_err(photo::strip_fault)?;
        let bytes = Bytes::from(stripped.into_inner());
        let (key, size) = (rules::original_key(id), bytes.len());
        let body = Body::Memory(bytes);
        if !is_wanted(state, id).await? {
            return Ok(Outcome::Done);
        }
        state
            .core
            .providers
            .storage
            .put(&key, body, photo.content_type())
            .await?;
        let next = PrepareImage {
            analysis_id: id,
            user_id: self.user_id,
        };
        let next = store(&state.core.db, attempt, async |conn| {
            Ok(match queries::store_original(conn, id, &key, size).await? {
                true => Some(ledger::enqueue_at(conn, &next, priority).await?),
                false => None,
            })
        })
        .await?;
        if next.is_none() {
            discard(state, &[&key]).await;
        }
        Ok(Outcome::Closed(next.into_iter().collect()))
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        abandon(conn, self.analysis_id, code).await
    }
}

/// A file that is not there is asked for some times; then the person is asked to send it again.
fn unless_late(why: ProviderError, attempt: &Attempt) -> JobError {
    if why.kind == ProviderErrorKind::NotReady && attempt.claim.attempt >= FILE_ATTEMPTS {
        return Error::from(PhotoFault::NotReady).into();
    }
    why.into()
}
