//! Removes expired archives, and those without a request: a worker that built one while its person was
//! deleted may leave it behind.

use people::privacy::jobs::SweepArchives;
use people::privacy::{queries, rules};
use uuid::Uuid;
use vendors::storage::Stored;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// The most archives of one query.
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
        tracing::info!(
            expired,
            strays,
            "removed expired archives and archives without a request"
        );
        Ok(Outcome::Done)
    }
}

/// Removes from the bucket first: after a crash in between, the next run finds the row again.
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

/// Removes archives without a request. Needs no grace period: a request exists before its archive.
async fn sweep(state: &WorkerState, page: &[Stored]) -> Result<usize, JobError> {
    // Only keys of the form of an archive: other objects belong to other features.
    let named = |stored: &Stored| Some((rules::request_of(&stored.key)?, stored.key.clone()));
    let archives: Vec<_> = page.iter().filter_map(named).collect();
    let ids: Vec<_> = archives.iter().map(|(id, _)| *id).collect();
    let kept = queries::with_archive(&mut *state.db().await?, &ids).await?;
    let mut strays = 0;
    for (id, key) in archives.iter().filter(|(id, _)| !kept.contains(id)) {
        tracing::warn!(%id, "removing an archive without a request");
        state.core.providers.storage.delete(key).await?;
        strays += 1;
    }
    Ok(strays)
}
