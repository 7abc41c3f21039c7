//! The scheduled job of subscriptions.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::payments;
use jobs::cron::Schedule;
use jobs::{Entry, Job, Queue};

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<Expire>()];

pub(crate) const SCHEDULE: Schedule = Schedule::of::<Expire>("0 17 * * * *");

/// Ends subscriptions whose time is over, and gives up payments that were never made, once their vendors were
/// asked. Running it twice changes nothing more. Readings do not wait for it: `current_tier` compares the time itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expire {}

impl Job for Expire {
    const KIND: &'static str = "subscriptions.expire.v1";
    const QUEUE: Queue = payments::QUEUE;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(1_800);

    fn subject(&self) -> Option<Uuid> {
        None
    }

    /// One at a time.
    fn dedupe_key(&self) -> Option<String> {
        Some(String::new())
    }
}
