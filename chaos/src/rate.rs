//! The rate of results, and the time of its recovery. Times are milliseconds since 1970, sorted.

use std::time::Duration;

/// The rate has recovered at the first moment from which on, for this long, ...
pub const WINDOW: Duration = Duration::from_secs(3);
/// ... it is at least this share of the rate before the fault.
pub const SHARE: f64 = 0.95;

/// The distance of the moments that are tried, in milliseconds.
const STEP: usize = 50;

fn count(times: &[i64], from: i64, until: i64) -> usize {
    let before = |moment: i64| times.partition_point(|time| *time < moment);
    before(until).saturating_sub(before(from))
}

/// Results per second between two moments.
pub fn per_second(times: &[i64], from: i64, until: i64) -> f64 {
    count(times, from, until) as f64 * 1_000.0 / (until - from).max(1) as f64
}

/// The first moment from `from` on at which the rate is back, if its window is over by `now`.
pub fn back_at(times: &[i64], before: f64, from: i64, now: i64) -> Option<i64> {
    let window = i64::try_from(WINDOW.as_millis()).unwrap_or(i64::MAX);
    (from..=now - window)
        .step_by(STEP)
        .find(|moment| per_second(times, *moment, moment + window) >= SHARE * before)
}

/// The longest time without a result between two moments, in milliseconds.
pub fn longest_pause(times: &[i64], from: i64, until: i64) -> i64 {
    let within = times
        .iter()
        .copied()
        .filter(|time| (from..until).contains(time));
    let (mut longest, mut last) = (0, from);
    for time in within.chain([until]) {
        longest = longest.max(time - last);
        last = time;
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One every ten milliseconds, but for a pause.
    fn with_pause(from: i64, until: i64) -> Vec<i64> {
        (0..20_000)
            .step_by(10)
            .filter(|time| !(from..until).contains(time))
            .collect()
    }

    #[test]
    fn a_rate_that_never_went_away_is_back_at_once() {
        assert_eq!(
            back_at(&with_pause(0, 0), 100.0, 8_000, 20_000),
            Some(8_000)
        );
    }

    #[test]
    fn the_rate_is_back_when_the_pause_is_over() {
        let times = with_pause(8_000, 11_000);
        let back = back_at(&times, 100.0, 9_000, 20_000).expect("it comes back");
        // The window may begin so early that a twentieth of it is missing.
        assert!((10_800..=11_000).contains(&back), "{back}");
    }

    #[test]
    fn the_longest_pause_is_found_also_at_the_edges() {
        let times = with_pause(8_000, 11_000);
        assert_eq!(longest_pause(&times, 5_000, 15_000), 3_010);
        assert_eq!(longest_pause(&times, 9_000, 15_000), 2_000);
        assert_eq!(longest_pause(&times, 5_000, 9_000), 1_010);
        assert_eq!(longest_pause(&[], 5_000, 9_000), 4_000);
    }

    #[test]
    fn a_window_that_is_not_over_says_nothing() {
        assert_eq!(back_at(&with_pause(0, 0), 100.0, 18_000, 20_000), None);
        assert_eq!(back_at(&with_pause(0, 0), 120.0, 8_000, 20_000), None);
    }
}
