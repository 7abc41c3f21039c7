//! Changes of tables give way to the work of the programs.

use std::fmt::Display;
use std::time::Duration;

use crate::retry;

/// Postgres looks for a deadlock after a second (`deadlock_timeout`) and ends the transaction that waited
/// so long. A change that waits for less is never the reason why a request fails, and requests that wait
/// behind it wait for this long at most.
pub(super) const SESSION: &str = "SET lock_timeout = '500ms'";

/// With the delays between them they take about four minutes.
const TRIES: u32 = 100;

/// How often a change has met a lock that it did not get in time.
#[derive(Default)]
pub(super) struct Patience {
    failed: u32,
}

impl Patience {
    /// How long to wait until the change is tried again after this error; `None` if it is another error,
    /// or after too many tries.
    pub(super) fn delay_after(&mut self, why: &impl Display) -> Option<Duration> {
        let why = why.to_string();
        if self.failed + 1 >= TRIES || !why.contains("canceling statement due to lock timeout") {
            return None;
        }
        self.failed += 1;
        tracing::info!(error = %why, tries = self.failed, "a change of the tables waits its turn");
        Some(retry::reconnect_delay(self.failed))
    }
}
