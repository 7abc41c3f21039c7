//! How long to wait before trying again: bounds that double, and chance within them.

use std::time::Duration;

/// Delay before attempt `failed + 1` of a job, after `failed` attempts (1 or more) went wrong.
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

/// Delay before the next try to reach Postgres or Redis: around 50 ms, doubling, at most around 2 s.
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
    // A large count reaches any cap; the shift must not lose its bit.
    let doublings = failed.clamp(1, 32) - 1;
    let middle = first.saturating_mul(1 << doublings).min(cap);
    middle.mul_f64(rand::random_range(1.0 - spread..=1.0 + spread))
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
    fn a_reconnection_waits_half_of_its_middle_more_or_less() {
        for (failed, middle) in [
            (0, 0.05),
            (1, 0.05),
            (2, 0.1),
            (6, 1.6),
            (7, 2.0),
            (1_000, 2.0),
        ] {
            let waits: Vec<f64> = (0..400)
                .map(|_| reconnect_delay(failed).as_secs_f64() / middle)
                .collect();
            assert!(waits.iter().all(|wait| (0.499..=1.501).contains(wait)));
            assert!(waits.iter().any(|wait| *wait < 0.6), "{failed}");
            assert!(waits.iter().any(|wait| *wait > 1.4), "{failed}");
        }
    }

    #[test]
    fn jobs_that_failed_together_come_back_apart() {
        let delays: std::collections::HashSet<_> = (0..20).map(|_| job_delay(5)).collect();
        assert!(delays.len() > 10);
    }
}
