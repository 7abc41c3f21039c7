//! When a message is tried again, and when an endpoint is switched off.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use vendors::webhook::Answered;

/// How long is waited after each attempt that failed, in seconds: what Standard Webhooks recommends. More than three days.
pub const SCHEDULE: [u64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// How much longer a wait may be by chance, so that what failed together does not come again together.
const SPREAD: f64 = 0.1;

/// The longest wait that a receiver can ask for.
const LEFT_ALONE_MAX: Duration = Duration::from_secs(86_400);

/// An endpoint that has taken nothing for so long is switched off with the last try of an event.
const FAILING_FOR: TimeDelta = TimeDelta::days(5);

/// "Gone": by this a receiver asks for no more, by Standard Webhooks.
const GONE: u16 = 410;

/// What follows from the end of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    /// After so long.
    Again(Duration),
    /// That was the last attempt.
    Failed,
    /// The endpoint wants nothing more.
    Gone,
}

/// Judges the end of the attempt of this number, counted from 1; `chance` is from 0 to 1. A redirect is a failure: where it
/// leads was not agreed on.
pub fn judge(answered: &Answered, attempt: i32, chance: f64) -> Verdict {
    let left_alone = match *answered {
        Answered::Status {
            status: 200..=299, ..
        } => return Verdict::Delivered,
        Answered::Status { status: GONE, .. } => return Verdict::Gone,
        Answered::Status { retry_after, .. } => retry_after,
        Answered::Not(_) => None,
    };
    let next = usize::try_from(attempt - 1)
        .ok()
        .and_then(|at| SCHEDULE.get(at));
    let Some(seconds) = next else {
        return Verdict::Failed;
    };
    let wait = Duration::from_secs(*seconds).mul_f64(1.0 + SPREAD * chance.clamp(0.0, 1.0));
    Verdict::Again(wait.max(left_alone.unwrap_or_default().min(LEFT_ALONE_MAX)))
}

/// Whether an endpoint that fails since this moment is switched off, now that all tries of an event have failed.
pub fn is_lost(failing_since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - failing_since >= FAILING_FOR
}

/// How long an attempt has still to wait.
pub fn wait(next_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Duration> {
    let wait = (next_at? - now).to_std().ok()?;
    (!wait.is_zero()).then_some(wait)
}

#[cfg(test)]
mod tests {
    use vendors::webhook::Silence;

    use super::*;

    fn answered(status: u16, after: Option<u64>) -> Answered {
        Answered::Status {
            status,
            retry_after: after.map(Duration::from_secs),
        }
    }

    #[test]
    fn what_fails_is_tried_ten_times_in_more_than_three_days() {
        let failed = Answered::Not(Silence::TimedOut);
        let waits: Vec<Duration> = (1..20)
            .map_while(|attempt| match judge(&failed, attempt, 0.0) {
                Verdict::Again(wait) => Some(wait),
                _ => None,
            })
            .collect();
        assert_eq!(waits.len(), 9);
        assert_eq!(judge(&failed, 10, 0.0), Verdict::Failed);
        let whole: Duration = waits.iter().sum();
        // 75 hours, 35 minutes and 5 seconds: the sum of the recommended schedule.
        assert_eq!(whole, Duration::from_secs(272_105));
    }

    #[test]
    fn chance_makes_a_wait_a_tenth_longer_at_most() {
        let of = |chance| judge(&answered(500, None), 2, chance);
        assert_eq!(of(0.0), Verdict::Again(Duration::from_secs(300)));
        assert_eq!(of(1.0), Verdict::Again(Duration::from_secs(330)));
        assert_eq!(of(7.0), of(1.0));
    }

    #[test]
    fn every_status_but_a_success_fails_and_410_is_the_end() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(judge(&answered(status, None), 1, 0.0), Verdict::Delivered);
        }
        for status in [
            100, 301, 302, 307, 308, 400, 401, 404, 409, 422, 429, 500, 503,
        ] {
            let verdict = judge(&answered(status, None), 1, 0.0);
            assert_eq!(verdict, Verdict::Again(Duration::from_secs(5)), "{status}");
        }
        assert_eq!(judge(&answered(410, None), 1, 0.0), Verdict::Gone);
    }

    #[test]
    fn a_receiver_may_ask_to_be_left_alone_for_a_day_at_most() {
        let of = |after| judge(&answered(429, Some(after)), 1, 0.0);
        assert_eq!(of(1), Verdict::Again(Duration::from_secs(5)));
        assert_eq!(of(60), Verdict::Again(Duration::from_secs(60)));
        assert_eq!(of(u64::MAX), Verdict::Again(Duration::from_secs(86_400)));
    }

    #[test]
    fn an_endpoint_is_switched_off_after_five_days() {
        let now = DateTime::from_timestamp(1_764_500_000, 0).expect("a moment");
        assert!(!is_lost(
            now - TimeDelta::days(5) + TimeDelta::seconds(1),
            now
        ));
        assert!(is_lost(now - TimeDelta::days(5), now));
    }

    #[test]
    fn an_attempt_waits_until_its_time_has_come() {
        let now = DateTime::from_timestamp(1_764_500_000, 0).expect("a moment");
        assert_eq!(wait(None, now), None);
        assert_eq!(wait(Some(now), now), None);
        let later = now + TimeDelta::seconds(7);
        assert_eq!(wait(Some(later), now), Some(Duration::from_secs(7)));
    }
}
