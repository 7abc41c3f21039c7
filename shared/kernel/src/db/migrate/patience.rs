//! Changes of tables give way to the work of the programs.

use std::fmt::Display;
use std::time::Duration;

use crate::retry;

/// Before each try. Postgres looks for a deadlock after `deadlock_timeout` (a second) and ends the transaction
/// that waited so long. A change that waits for half of it is never the reason why a request fails, and
/// requests that wait behind it wait for as long at most. Only while a table is vacuumed or analysed it waits
/// longer: an autovacuum, which may take hours, is ended by Postgres too, if it blocks the one that looks.
pub(super) const WAIT: &str = "
    SELECT set_config('lock_timeout', (1000 * extract(epoch FROM current_setting('deadlock_timeout')::interval)
        * CASE WHEN EXISTS (SELECT FROM pg_stat_progress_vacuum WHERE datname = current_database())
            OR EXISTS (SELECT FROM pg_stat_progress_analyze WHERE datname = current_database())
        THEN 1.5 ELSE 0.5 END)::int::text, FALSE)";

/// With the delays between them they take about four minutes.
const TRIES: u32 = 100;

/// How often a change has met a lock that it did not get in time.
#[derive(Clone, Copy, Default)]
pub(super) struct Patience {
    failed: u32,
}

/// Errors of a change that may work when it is tried again: the second where `deadlock_timeout` is shorter.
const PASSING: [&str; 2] = [
    "canceling statement due to lock timeout",
    "deadlock detected",
];

impl Patience {
    /// No second try.
    pub(super) const NONE: Self = Self { failed: TRIES };

    /// How long to wait until the change is tried again after this error; `None` if it is another error,
    /// or after too many tries.
    pub(super) fn delay_after(&mut self, why: &impl Display) -> Option<Duration> {
        let why = why.to_string();
        if self.failed + 1 >= TRIES || !PASSING.iter().any(|text| why.contains(text)) {
            return None;
        }
        self.failed += 1;
        tracing::info!(error = %why, tries = self.failed, "a change of the tables waits its turn");
        Some(retry::reconnect_delay(self.failed))
    }
}
