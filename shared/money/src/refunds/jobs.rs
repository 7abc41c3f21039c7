//! The job that gives money back.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::payments;
use jobs::{Entry, Job, Queue};

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<GiveBack>()];

/// Asks the vendor to give money back, once, and for its end as long as that is not known. About no person: it has to run
/// after they are gone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiveBack {
    pub refund_id: Uuid,
}

impl Job for GiveBack {
    const KIND: &'static str = "money.refund.v1";
    const QUEUE: Queue = payments::QUEUE;
    const MAX_ATTEMPTS: u16 = 12;
    const TIMEOUT: Duration = Duration::from_secs(120);

    fn subject(&self) -> Option<Uuid> {
        None
    }

    /// One at a time.
    fn dedupe_key(&self) -> Option<String> {
        Some(self.refund_id.to_string())
    }
}
