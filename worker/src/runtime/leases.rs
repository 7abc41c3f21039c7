//! The jobs that this process holds, and the keeper that renews their leases.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use shared::Error;
use shared::jobs::claims::{self, Claim};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use super::Shared;

/// Which jobs are ours.
#[derive(Default)]
pub(crate) struct Leases(Mutex<HashMap<Uuid, Held>>);

struct Held {
    claim: Claim,
    lost: watch::Sender<bool>,
}

impl Leases {
    /// Begins to keep the lease of a claim.
    pub(super) fn add(&self, claim: &Claim) {
        let held = Held {
            claim: claim.clone(),
            lost: watch::Sender::new(false),
        };
        if let Some(older) = self.lock().insert(claim.id, held) {
            // Our own older claim was rescued, and by us: its handler must stop like any other.
            older.lost.send_replace(true);
        }
    }

    /// Stops to keep it; a newer claim of the same job is left alone.
    pub(super) fn remove(&self, claim: &Claim) {
        let mut all = self.lock();
        if all
            .get(&claim.id)
            .is_some_and(|held| held.claim.fence == claim.fence)
        {
            all.remove(&claim.id);
        }
    }

    /// Resolves when the lease of a claim is lost.
    pub(super) async fn lost(&self, claim: &Claim) {
        let mut receiver = match self.lock().get(&claim.id) {
            Some(held) if held.claim.fence == claim.fence => held.lost.subscribe(),
            // A newer claim has taken its place.
            _ => return,
        };
        // An error means that the claim was removed because its job has ended.
        if receiver.wait_for(|lost| *lost).await.is_err() {
            std::future::pending().await
        }
    }

    /// Everything that is held now.
    pub(super) fn claims(&self) -> Vec<Claim> {
        self.lock()
            .values()
            .map(|held| held.claim.clone())
            .collect()
    }

    fn mark_lost(&self, held: &[(Uuid, i64)], still_ours: &[Uuid]) {
        let all = self.lock();
        for (id, fence) in held.iter().filter(|(id, _)| !still_ours.contains(id)) {
            if let Some(held) = all.get(id).filter(|held| held.claim.fence == *fence) {
                held.lost.send_replace(true);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Renews all leases three times in the length of one.
pub(super) async fn keep(shared: Arc<Shared>) {
    let mut tick = tokio::time::interval(shared.config.lease / 3);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        // Bound, so that one call into the void does not cost the next try its time.
        match tokio::time::timeout(shared.config.lease / 3, renew(&shared)).await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => tracing::warn!(error = %why, "cannot renew leases; trying again"),
            Err(_) => tracing::warn!("Postgres does not answer; leases are not renewed"),
        }
    }
}

async fn renew(shared: &Shared) -> Result<(), Error> {
    let held: Vec<(Uuid, i64)> = shared
        .leases
        .claims()
        .iter()
        .map(|claim| (claim.id, claim.fence))
        .collect();
    if held.is_empty() {
        return Ok(());
    }
    let mut conn = shared.state.db().await?;
    let still_ours = claims::renew(&mut conn, &held, shared.config.lease).await?;
    shared.leases.mark_lost(&held, &still_ours);
    Ok(())
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use serde_json::json;

    use super::*;

    fn claim(id: Uuid, fence: i64) -> Claim {
        let (kind, args) = ("a.test.v1".to_owned(), json!({}));
        Claim {
            id,
            kind,
            args,
            attempt: 1,
            max_attempts: 3,
            fence,
        }
    }

    #[test]
    fn a_lease_that_another_worker_has_is_lost_and_the_others_are_not() {
        let leases = Leases::default();
        let (first, second) = (claim(Uuid::now_v7(), 1), claim(Uuid::now_v7(), 1));
        leases.add(&first);
        leases.add(&second);
        leases.mark_lost(&[(first.id, 1), (second.id, 1)], &[second.id]);
        assert!(leases.lost(&first).now_or_never().is_some());
        assert!(leases.lost(&second).now_or_never().is_none());
    }

    /// After an outage a process may take its own job back from itself.
    #[test]
    fn an_older_claim_of_our_own_is_lost_to_the_newer() {
        let leases = Leases::default();
        let id = Uuid::now_v7();
        leases.add(&claim(id, 1));
        let older = claim(id, 1);
        let mut waiting = Box::pin(leases.lost(&older));
        assert!((&mut waiting).now_or_never().is_none());
        leases.add(&claim(id, 2));
        assert!(waiting.now_or_never().is_some());
        assert!(leases.lost(&older).now_or_never().is_some());
        assert!(leases.lost(&claim(id, 2)).now_or_never().is_none());
        leases.remove(&older);
        assert_eq!(leases.claims().len(), 1, "the newer claim is still kept");
    }
}
