//! The scheduled job of renewals.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::payments;
use jobs::cron::Schedule;
use jobs::{Entry, Job, Queue};

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<Renew>()];

pub(crate) const SCHEDULE: Schedule = Schedule::of::<Renew>("20 * * * * *");

/// Charges the periods that are due, ends what nothing more is paid for, and tells vendors what they have to know. Running
/// it twice charges nothing twice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renew {}

impl Job for Renew {
    const KIND: &'static str = "money.renew.v1";
    const QUEUE: Queue = payments::QUEUE;
    const MAX_ATTEMPTS: u16 = 3;
    const TIMEOUT: Duration = Duration::from_secs(1_800);

    fn subject(&self) -> Option<Uuid> {
        None
    }

    /// One at a time.
    fn dedupe_key(&self) -> Option<String> {
        Some(String::new())
    }
}
