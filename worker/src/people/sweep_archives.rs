//! Archives of people's data whose time is over, and those that belong to no request: a worker that
//! was building one while its person had everything deleted may leave one behind.

use people::privacy::jobs::SweepArchives;
use people::privacy::{queries, rules};
use uuid::Uuid;
use vendors::storage::Stored;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// Archives that are looked up at once.
const BATCH: i64 = 200;

impl Handler<WorkerState> for SweepArchives {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let expired = expire(state).await?;
        let storage = &state.core.providers.storage;
        let (mut after, mut strays) = (None, 0);
        loop {
            let page = storage.list(rules::ARCHIVES, after.as_deref()).await?;
            strays += sweep(state, &page).await?;
            match page.last() {
                Some(last) => after = Some(last.key.clone()),
                None => break,
            }
        }
        tracing::info!(expired, strays, "archives are removed");
        Ok(Outcome::Done)
    }
}

/// Removes from the bucket first: a crash in between leaves a row that is looked at again.
async fn expire(state: &WorkerState) -> Result<usize, JobError> {
    let mut expired = 0;
    loop {
        let batch = queries::expired(&mut *state.db().await?, BATCH).await?;
        if batch.is_empty() {
            return Ok(expired);
        }
        for (_, key) in &batch {
            state.core.providers.storage.delete(key).await?;
        }
        let ids: Vec<Uuid> = batch.iter().map(|(id, _)| *id).collect();
        queries::forget_archives(&mut *state.db().await?, &ids).await?;
        expired += ids.len();
    }
}

/// No grace is needed here: a request is there before its archive.
async fn sweep(state: &WorkerState, page: &[Stored]) -> Result<usize, JobError> {
    // What is not named like an archive of ours is not ours to delete.
    let ours = |stored: &Stored| Some((rules::request_of(&stored.key)?, stored.key.clone()));
    let ours: Vec<_> = page.iter().filter_map(ours).collect();
    let ids: Vec<_> = ours.iter().map(|(id, _)| *id).collect();
    let kept = queries::with_archive(&mut *state.db().await?, &ids).await?;
    let mut strays = 0;
    for (id, key) in ours.iter().filter(|(id, _)| !kept.contains(id)) {
        tracing::warn!(%id, "an archive without a request is removed");
        state.core.providers.storage.delete(key).await?;
        strays += 1;
    }
    Ok(strays)
}
