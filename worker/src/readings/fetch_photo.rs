//! Step 1 of a photo sent to the bot: from Telegram into our bucket.

use std::io::Cursor;

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use shared::features::analyses::jobs::{FetchPhoto, PrepareImage};
use shared::features::analyses::photo::{self, PhotoFault};
use shared::features::analyses::{queries, rules};
use shared::jobs::ledger::{self, Ticket};
use shared::providers::storage::Body;
use shared::{Error, ErrorCode};

use super::{abandon, begin, required, take_back};
use crate::runtime::handler::{Attempt, Handler, JobError, Outcome};
use crate::runtime::store::store;
use crate::state::WorkerState;

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
            .messenger
            .download(&file_id, photo::MAX_BYTES)
            .await?;
        let bytes = downloaded
            .ok_or(PhotoFault::TooManyBytes)
            .map_err(Error::from)?;
        let photo = photo::inspect(Cursor::new(&bytes)).map_err(Error::from)?;
        let (key, size) = (rules::original_key(id), bytes.len());
        let body = Body::Memory(bytes);
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
            take_back(state, &[&key]).await;
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
