//! Retry delays. Only this file names the `backoff` crate, which has had no release for years, so
//! that replacing it changes this file alone.

use std::time::Duration;

use backoff::ExponentialBackoffBuilder;
use backoff::backoff::Backoff;

/// Delay before attempt `failed + 1` of a job, after `failed` failed attempts (1 or more).
///
/// Full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog): uniform from zero up
/// to a bound that doubles from 4 s to 10 min, so that jobs that failed together are not retried
/// together. The mean is half of the bound.
pub fn job_delay(failed: u32) -> Duration {
    delay(
        Duration::from_secs(2),
        Duration::from_secs(300),
        1.0,
        failed,
    )
}

/// Delay before the next attempt to reach Postgres or Redis: from 50 ms up to 2 s.
pub fn reconnect_delay(failed: u32) -> Duration {
    delay(
        Duration::from_millis(50),
        Duration::from_secs(2),
        0.5,
        failed,
    )
}

/// A delay around `first`, doubled for every earlier failure, at most around `cap`; `spread` is the
/// relative deviation in either direction.
fn delay(first: Duration, cap: Duration, spread: f64, failed: u32) -> Duration {
    let mut policy = ExponentialBackoffBuilder::new()
        .with_initial_interval(first)
        .with_multiplier(2.0)
        .with_randomization_factor(spread)
        .with_max_interval(cap)
        .with_max_elapsed_time(None)
        .build();
    // Steps past the cap change nothing, so a large count costs nothing.
    for _ in 1..failed.clamp(1, 32) {
        policy.next_backoff();
    }
    policy.next_backoff().unwrap_or(cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_of_a_jobs_delay_doubles_and_every_delay_below_it_is_possible() {
        for (failed, bound) in [(1, 4.0), (2, 8.0), (3, 16.0), (6, 128.0)] {
            let waits: Vec<f64> = (0..400).map(|_| job_delay(failed).as_secs_f64()).collect();
            assert!(waits.iter().all(|wait| (0.0..=bound).contains(wait)));
            assert!(waits.iter().any(|wait| *wait < bound * 0.1), "{failed}");
            assert!(waits.iter().any(|wait| *wait > bound * 0.9), "{failed}");
        }
    }

    #[test]
    fn a_job_never_waits_longer_than_the_cap() {
        assert!((0..100).all(|_| job_delay(1_000) <= Duration::from_secs(600)));
    }

    #[test]
    fn jobs_that_failed_together_are_retried_apart() {
        let delays: std::collections::HashSet<_> = (0..20).map(|_| job_delay(5)).collect();
        assert!(delays.len() > 10);
    }
}
