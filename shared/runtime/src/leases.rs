//! The jobs that this process holds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jobs::claims::{Claim, Renewed};
use tokio::sync::watch;
use uuid::Uuid;

/// How long after the deadline of a handler its outcome may still be written.
const AFTER_DEADLINE: Duration = Duration::from_secs(5);

/// The claims of this process, by job.
#[derive(Default)]
pub(super) struct Leases(Mutex<HashMap<Uuid, Held>>);

struct Held {
    claim: Arc<Claim>,
    /// After this the lease is not renewed any more: a handler that does not end at its deadline
    /// (because it blocks its thread) must not keep the job from other workers.
    until: Option<Instant>,
    status: watch::Sender<LeaseStatus>,
}

/// The status of a lease while its job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeaseStatus {
    Held,
    /// Another worker has claimed the job, or may do so soon.
    Lost,
    /// An operator has cancelled the job.
    CancelRequested,
}

impl Leases {
    /// Starts to renew the lease of a claim.
    pub(super) fn add(&self, claim: Arc<Claim>) {
        let id = claim.id;
        let held = Held {
            claim,
            until: None,
            status: watch::Sender::new(LeaseStatus::Held),
        };
        if let Some(older) = self.lock().insert(id, held) {
            // This process has rescued its own older claim: that handler must stop like any other.
            older.status.send_replace(LeaseStatus::Lost);
        }
    }

    /// Its handler starts now and must end within `timeout`; the lease is renewed a little longer, for
    /// writing the outcome.
    pub(super) fn begin(&self, claim: &Claim, timeout: Duration) {
        let mut all = self.lock();
        let held = all.get_mut(&claim.id);
        if let Some(held) = held.filter(|held| held.claim.fence == claim.fence) {
            held.until = Some(Instant::now() + timeout + AFTER_DEADLINE);
        }
    }

    /// Stops renewing it; a newer claim of the same job is not affected.
    pub(super) fn remove(&self, claim: &Claim) {
        let mut all = self.lock();
        if all
            .get(&claim.id)
            .is_some_and(|held| held.claim.fence == claim.fence)
        {
            all.remove(&claim.id);
        }
    }

    /// Stops renewing the lease of a job, whichever claim it is: it will expire.
    pub(super) fn forget(&self, id: Uuid) {
        self.lock().remove(&id);
    }

    /// Resolves when a claim is lost or its job is cancelled.
    pub(super) async fn ended(&self, claim: &Claim) -> LeaseStatus {
        let mut receiver = match self.lock().get(&claim.id) {
            Some(held) if held.claim.fence == claim.fence => held.status.subscribe(),
            // A newer claim has replaced it.
            _ => return LeaseStatus::Lost,
        };
        let status = receiver
            .wait_for(|status| *status != LeaseStatus::Held)
            .await;
        match status.map(|status| *status) {
            Ok(status) => status,
            // The claim was removed because its job has ended.
            Err(_) => std::future::pending().await,
        }
    }

    /// Id and fence of every claim that is held now.
    pub(super) fn held(&self) -> Vec<(Uuid, i64)> {
        let all = self.lock();
        all.values()
            .map(|held| (held.claim.id, held.claim.fence))
            .collect()
    }

    /// Id and fence of every lease to renew.
    pub(super) fn to_renew(&self) -> Vec<(Uuid, i64)> {
        let (all, now) = (self.lock(), Instant::now());
        all.values()
            .filter(|held| held.until.is_none_or(|until| now < until))
            .map(|held| (held.claim.id, held.claim.fence))
            .collect()
    }

    /// Updates the claims of `held` that were not renewed, or whose job an operator has cancelled.
    pub(super) fn update_statuses(&self, held: &[(Uuid, i64)], renewed: &[Renewed]) {
        let renewed: HashMap<Uuid, bool> = renewed
            .iter()
            .map(|one| (one.id, one.cancel_requested))
            .collect();
        let all = self.lock();
        for (id, fence) in held {
            let status = match renewed.get(id) {
                Some(false) => continue,
                Some(true) => LeaseStatus::CancelRequested,
                None => LeaseStatus::Lost,
            };
            if let Some(held) = all.get(id).filter(|held| held.claim.fence == *fence) {
                held.status.send_replace(status);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
            worker: "worker-1".to_owned(),
            limit_keys: Vec::new(),
            cancel_requested: false,
            redrives: 0,
            waited: Duration::ZERO,
            trace_parent: None,
        }
    }

    fn renewed(id: Uuid, cancel_requested: bool) -> Renewed {
        Renewed {
            id,
            cancel_requested,
        }
    }

    #[test]
    fn each_claim_gets_its_own_status() {
        let leases = Leases::default();
        let [lost, kept, cancelled] = [(); 3].map(|()| claim(Uuid::now_v7(), 1));
        for claim in [&lost, &kept, &cancelled] {
            leases.add(Arc::new(claim.clone()));
        }
        let held = leases.to_renew();
        leases.update_statuses(
            &held,
            &[renewed(kept.id, false), renewed(cancelled.id, true)],
        );
        assert_eq!(leases.ended(&lost).now_or_never(), Some(LeaseStatus::Lost));
        assert_eq!(leases.ended(&kept).now_or_never(), None);
        assert_eq!(
            leases.ended(&cancelled).now_or_never(),
            Some(LeaseStatus::CancelRequested)
        );
    }

    /// After an outage a process may rescue its own job.
    #[test]
    fn an_older_claim_of_our_own_is_lost_to_the_newer() {
        let leases = Leases::default();
        let id = Uuid::now_v7();
        leases.add(Arc::new(claim(id, 1)));
        let older = claim(id, 1);
        let mut waiting = Box::pin(leases.ended(&older));
        assert!((&mut waiting).now_or_never().is_none());
        leases.add(Arc::new(claim(id, 2)));
        assert_eq!(waiting.now_or_never(), Some(LeaseStatus::Lost));
        assert_eq!(leases.ended(&older).now_or_never(), Some(LeaseStatus::Lost));
        assert!(leases.ended(&claim(id, 2)).now_or_never().is_none());
        leases.remove(&older);
        assert_eq!(leases.held(), [(id, 2)], "the newer claim is still held");
    }
}
