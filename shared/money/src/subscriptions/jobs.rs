//! Chores by the clock.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::payments;
use jobs::{Job, Queue};

/// Ends what is over: subscriptions whose time has run out, and payments that nobody made. Running
/// twice changes nothing more. Readings do not wait for it: `current_tier` looks at the time itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expire {}

impl Job for Expire {
    const KIND: &'static str = "subscriptions.expire.v1";
    const QUEUE: Queue = payments::QUEUE;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(1_800);

    /// One at a time.
    fn dedupe_key(&self) -> Option<String> {
        Some(String::new())
    }
}
