//! Step 2: the picture that the AI sees.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use shared::features::analyses::jobs::{PrepareImage, ReadCup};
use shared::features::analyses::{queries, rules};
use shared::jobs::ledger::{self, Ticket};
use shared::providers::storage::Body;
use shared::{Error, ErrorCode};

use super::{abandon, begin, picture, required};
use crate::runtime::handler::{Attempt, Handler, JobError, Outcome};
use crate::runtime::store::store;
use crate::state::WorkerState;

impl Handler for PrepareImage {
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
        let permit = state
            .decoders
            .clone()
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        let decoding = move || {
            let _permit = permit;
            picture::prepare(&original)
        };
        let jpeg = tokio::task::spawn_blocking(decoding)
            .await
            .map_err(|why| Error::internal(format!("the image step broke off: {why}")))?
            .map_err(Error::from)?;
        let key = rules::processed_key(id);
        storage
            .put(&key, Body::Memory(jpeg.into()), "image/jpeg")
            .await?;
        let next = ReadCup {
            analysis_id: id,
            user_id: self.user_id,
        };
        let next = store!(state, attempt, |conn| {
            queries::store_processed(conn, id, &key).await?;
            ledger::enqueue_at(conn, &next, priority).await?
        })?;
        Ok(Outcome::Closed(vec![next]))
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        code: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        abandon(conn, self.analysis_id, code).await
    }
}
