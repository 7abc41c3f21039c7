//! Removes photos without a reading: an API process that dies between the upload to the bucket and its
//! commit leaves one behind. So do pictures that were shared, when that has ended.

use readings::jobs::SweepPhotos;
use readings::{queries, rules, shares};
use uuid::Uuid;
use vendors::storage::Stored;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for SweepPhotos {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let storage = &state.core.providers.storage;
        let (mut after, mut swept) = (None, 0);
        loop {
            let page = storage.list(rules::PHOTOS, after.as_deref()).await?;
            swept += sweep(state, &page).await?;
            match page.last() {
                Some(last) => after = Some(last.key.clone()),
                None => break,
            }
        }
        tracing::info!(
            swept,
            "removed photos without a reading, and pictures that are not shared"
        );
        Ok(Outcome::Done)
    }
}

async fn sweep(state: &WorkerState, page: &[Stored]) -> Result<usize, JobError> {
    let until = state.core.clock.now() - SweepPhotos::GRACE;
    // Only keys of the form of a photo: other objects belong to other features.
    let of_old = |stored: &Stored| {
        let id = rules::analysis_of(&stored.key)?;
        (stored.modified < until).then(|| (id, stored.key.clone()))
    };
    let old: Vec<_> = page.iter().filter_map(of_old).collect();
    let ids: Vec<_> = old.iter().map(|(id, _)| *id).collect();
    let cards: Vec<_> = old
        .iter()
        .filter_map(|(_, key)| rules::card_of(key))
        .collect();
    let mut conn = state.db().await?;
    let known = queries::existing(&mut conn, &ids).await?;
    let shared = shares::live(&mut conn, &cards).await?;
    drop(conn);
    let is_kept = |id: &Uuid, key: &str| match rules::card_of(key) {
        _ if !known.contains(id) => false,
        Some(card) => shared.iter().any(|share| share.id == card),
        None => true,
    };
    let mut swept = 0;
    for (id, key) in old.iter().filter(|(id, key)| !is_kept(id, key)) {
        if rules::card_of(key).is_none() {
            tracing::warn!(%id, key, "removing a photo without a reading");
        }
        state.core.providers.storage.delete(key).await?;
        swept += 1;
    }
    Ok(swept)
}
