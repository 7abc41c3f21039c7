//! How long to wait before trying again. The only place that names the `backoff` crate,
//! which has had no release for years: whoever replaces it changes this file alone.

use std::time::Duration;

use backoff::ExponentialBackoffBuilder;
use backoff::backoff::Backoff;

/// Delay before attempt `failed + 1` of a job, after `failed` attempts (1 or more) went wrong.
///
/// Doubles from 2 s up to 5 min, spread by half to either side, so that jobs that failed
/// together do not come back together.
pub fn job_delay(failed: u32) -> Duration {
    delay(Duration::from_secs(2), Duration::from_secs(300), failed)
}

/// Delay before the next try to reach a service of our own (Postgres, Redis) that is away:
/// from 50 ms up to 2 s.
pub fn reconnect_delay(failed: u32) -> Duration {
    delay(Duration::from_millis(50), Duration::from_secs(2), failed)
}

fn delay(first: Duration, cap: Duration, failed: u32) -> Duration {
    let mut policy = ExponentialBackoffBuilder::new()
        .with_initial_interval(first)
        .with_multiplier(2.0)
        .with_randomization_factor(0.5)
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
    fn a_job_waits_about_two_seconds_first_and_doubles() {
        for (failed, middle) in [(1, 2.0), (2, 4.0), (3, 8.0), (6, 64.0)] {
            let waited = job_delay(failed).as_secs_f64();
            assert!(
                (middle * 0.5..=middle * 1.5).contains(&waited),
                "{failed}: {waited}"
            );
        }
    }

    #[test]
    fn a_job_never_waits_much_longer_than_the_cap() {
        assert!(job_delay(1_000) <= Duration::from_secs(450));
        assert!(job_delay(1_000) >= Duration::from_secs(150));
    }

    #[test]
    fn jobs_that_failed_together_come_back_apart() {
        let delays: std::collections::HashSet<_> = (0..20).map(|_| job_delay(5)).collect();
        assert!(delays.len() > 10);
    }
}
