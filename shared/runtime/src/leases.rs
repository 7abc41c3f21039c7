//! The jobs that this process holds.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jobs::claims::{Claim, Renewed};
use tokio::sync::watch;
use uuid::Uuid;

/// How long after a handler's deadline its outcome may be written.
const AFTER_DEADLINE: Duration = Duration::from_secs(5);

/// Which jobs are ours.
#[derive(Default)]
pub(super) struct Leases(Mutex<HashMap<Uuid, Held>>);

struct Held {
    claim: Claim,
    /// After this its lease is not renewed any more: a handler that does not end at its deadline
    /// (it holds its thread) must not keep the job from others.
    until: Option<Instant>,
    fate: watch::Sender<Fate>,
}

/// What has become of a claim while its job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Ours,
    /// Another worker has the job, or may have it soon.
    Lost,
    /// An operator wants the job ended.
    CancelRequested,
}

impl Leases {
    /// Begins to keep the lease of a claim.
    pub(super) fn add(&self, claim: &Claim) {
        let held = Held {
            claim: claim.clone(),
            until: None,
            fate: watch::Sender::new(Fate::Ours),
        };
        if let Some(older) = self.lock().insert(claim.id, held) {
            // Our own older claim was rescued, and by us: its handler must stop like any other.
            older.fate.send_replace(Fate::Lost);
        }
    }

    /// Its handler begins now and has to be done after `timeout`; the lease is kept a little
    /// longer, for the writing of the outcome.
    pub(super) fn begin(&self, claim: &Claim, timeout: Duration) {
        let mut all = self.lock();
        let held = all.get_mut(&claim.id);
        if let Some(held) = held.filter(|held| held.claim.fence == claim.fence) {
            held.until = Some(Instant::now() + timeout + AFTER_DEADLINE);
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

    /// Stops to keep the lease of a job, whichever claim it is: it will expire.
    pub(super) fn forget(&self, id: Uuid) {
        self.lock().remove(&id);
    }

    /// Resolves when a claim is not simply ours any more.
    pub(super) async fn fate(&self, claim: &Claim) -> Fate {
        let mut receiver = match self.lock().get(&claim.id) {
            Some(held) if held.claim.fence == claim.fence => held.fate.subscribe(),
            // A newer claim has taken its place.
            _ => return Fate::Lost,
        };
        let fate = receiver.wait_for(|fate| *fate != Fate::Ours).await;
        match fate.map(|fate| *fate) {
            Ok(fate) => fate,
            // The claim was removed because its job has ended.
            Err(_) => std::future::pending().await,
        }
    }

    /// Everything that is held now.
    pub(super) fn claims(&self) -> Vec<Claim> {
        self.lock()
            .values()
            .map(|held| held.claim.clone())
            .collect()
    }

    /// Id and fence of every lease that is to be renewed.
    pub(super) fn to_renew(&self) -> Vec<(Uuid, i64)> {
        let (all, now) = (self.lock(), Instant::now());
        all.values()
            .filter(|held| held.until.is_none_or(|until| now < until))
            .map(|held| (held.claim.id, held.claim.fence))
            .collect()
    }

    /// Tells the claims of `held` that were not renewed, or that an operator wants ended.
    pub(super) fn tell_fates(&self, held: &[(Uuid, i64)], renewed: &[Renewed]) {
        let renewed: HashMap<Uuid, bool> = renewed
            .iter()
            .map(|one| (one.id, one.cancel_requested))
            .collect();
        let all = self.lock();
        for (id, fence) in held {
            let fate = match renewed.get(id) {
                Some(false) => continue,
                Some(true) => Fate::CancelRequested,
                None => Fate::Lost,
            };
            if let Some(held) = all.get(id).filter(|held| held.claim.fence == *fence) {
                held.fate.send_replace(fate);
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
        }
    }

    fn renewed(id: Uuid, cancel_requested: bool) -> Renewed {
        Renewed {
            id,
            cancel_requested,
        }
    }

    #[test]
    fn each_claim_hears_of_its_own_fate() {
        let leases = Leases::default();
        let [lost, kept, cancelled] = [(); 3].map(|()| claim(Uuid::now_v7(), 1));
        for claim in [&lost, &kept, &cancelled] {
            leases.add(claim);
        }
        let held = leases.to_renew();
        leases.tell_fates(
            &held,
            &[renewed(kept.id, false), renewed(cancelled.id, true)],
        );
        assert_eq!(leases.fate(&lost).now_or_never(), Some(Fate::Lost));
        assert_eq!(leases.fate(&kept).now_or_never(), None);
        assert_eq!(
            leases.fate(&cancelled).now_or_never(),
            Some(Fate::CancelRequested)
        );
    }

    /// After an outage a process may take its own job back from itself.
    #[test]
    fn an_older_claim_of_our_own_is_lost_to_the_newer() {
        let leases = Leases::default();
        let id = Uuid::now_v7();
        leases.add(&claim(id, 1));
        let older = claim(id, 1);
        let mut waiting = Box::pin(leases.fate(&older));
        assert!((&mut waiting).now_or_never().is_none());
        leases.add(&claim(id, 2));
        assert_eq!(waiting.now_or_never(), Some(Fate::Lost));
        assert_eq!(leases.fate(&older).now_or_never(), Some(Fate::Lost));
        assert!(leases.fate(&claim(id, 2)).now_or_never().is_none());
        leases.remove(&older);
        assert_eq!(leases.claims().len(), 1, "the newer claim is still kept");
    }
}
