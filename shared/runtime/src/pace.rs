//! The average run time of the jobs of a queue, and how many of them to claim ahead.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How much work, in run time, is claimed ahead: somewhat more than a claim takes.
const AHEAD: Duration = Duration::from_millis(20);

/// The most jobs that are claimed ahead.
const AHEAD_MAX: usize = 256;

/// A moving average of the run time of jobs.
#[derive(Debug)]
pub(super) struct Pace(AtomicU64);

impl Pace {
    /// No job has run yet: nothing is claimed ahead.
    pub(super) fn unknown() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }

    /// Records the run time of a job.
    pub(super) fn ran(&self, took: Duration) {
        let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX / 2);
        let known = self.0.load(Ordering::Relaxed);
        // A long job counts at once, so that no job is claimed behind it; short jobs lower the
        // average slowly. Two that end together may overwrite each other: it is an estimate.
        let average = if known == u64::MAX || took > known {
            took
        } else {
            known - (known - took) / 8
        };
        self.0.store(average, Ordering::Relaxed);
    }

    /// How many jobs to claim ahead for so many slots.
    pub(super) fn ahead(&self, slots: usize) -> usize {
        let average = u128::from(self.0.load(Ordering::Relaxed).max(1));
        let for_one = AHEAD.as_nanos() / average;
        usize::try_from(for_one)
            .unwrap_or(AHEAD_MAX)
            .saturating_mul(slots)
            .min(AHEAD_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_claimed_ahead_of_long_or_unknown_jobs() {
        let pace = Pace::unknown();
        assert_eq!(pace.ahead(16), 0);
        pace.ran(Duration::from_secs(2));
        assert_eq!(pace.ahead(16), 0);
    }

    #[test]
    fn short_jobs_are_claimed_ahead_and_one_long_job_ends_it() {
        let pace = Pace::unknown();
        pace.ran(Duration::from_micros(50));
        assert_eq!(pace.ahead(1), AHEAD_MAX);
        pace.ran(Duration::from_millis(10));
        assert_eq!(pace.ahead(1), 2);
        pace.ran(Duration::from_secs(1));
        assert_eq!(pace.ahead(1), 0);
    }
}
