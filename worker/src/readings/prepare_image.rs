//! Step 2: makes the picture for the AI, and the thumbnail for lists.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use readings::jobs::{PrepareImage, ReadCup};
use readings::{queries, rules};
use vendors::storage::Body;

use super::{abandon, begin, discard, is_wanted, picture, required};
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for PrepareImage {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let id = self.analysis_id;
        let Some(steps) = begin(state, attempt, id).await? else {
            return Ok(Outcome::Done);
        };
        let priority = steps.priority();
        let storage = &state.core.providers.storage;
        let original = storage
            .get(&required(steps.image_url, "the photo's key")?)
            .await?;
        let original = required(original, "the photo")?;
        let pictures = picture::prepare(&state.decoders, original).await?;
        let (key, thumbnail) = (rules::processed_key(id), rules::thumbnail_key(id));
        if !is_wanted(state, id).await? {
            return Ok(Outcome::Done);
        }
        for (key, jpeg) in [(&key, pictures.for_ai), (&thumbnail, pictures.thumbnail)] {
            storage
                .put(key, Body::Memory(jpeg.into()), "image/jpeg")
                .await?;
        }
        let next = ReadCup {
            analysis_id: id,
            user_id: self.user_id,
        };
        let next = store(&state.core.db, attempt, async |conn| {
            Ok(
                match queries::store_processed(conn, id, &key, &thumbnail).await? {
                    true => Some(ledger::enqueue_at(conn, &next, priority).await?),
                    false => None,
                },
            )
        })
        .await?;
        if next.is_none() {
            discard(state, &[&key, &thumbnail]).await;
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
