//! What becomes of a session when a refresh token is shown. Pure; explored in `model::sessions`.
//!
//! Each token is replaced by its successor, and all copies of a token have one successor: two tabs at once, or a
//! client that did not hear the answer, get the same one. That it has arrived shows its access token; after that,
//! and some seconds for other tabs, only a second holder shows the token before it.

use chrono::{DateTime, TimeDelta, Utc};

/// Without a renewal a session ends after this.
pub const IDLE: TimeDelta = TimeDelta::days(7);

/// And with renewals after this.
pub const LONGEST: TimeDelta = TimeDelta::days(90);

/// How long requests of other tabs may be on their way that began before the first answer.
pub const GRACE: TimeDelta = TimeDelta::seconds(10);

/// What of the row counts.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Of the newest token.
    pub generation: i32,
    /// When that was made, and whether its access token was seen.
    pub rotated_at: DateTime<Utc>,
    pub used: bool,
    pub idle_until: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub is_revoked: bool,
}

/// What to do with a token that was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Make this generation, its successor.
    Rotate(i32),
    /// Its successor is there: answer with that one again. `anew`: the grace begins anew, because nobody has used it:
    /// another tab may have asked at the same time.
    Repeat { anew: bool },
    /// Somebody else has its successor: the session ends.
    Reused,
    /// The session has ended.
    Over,
}

impl State {
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.is_revoked || now >= self.idle_until || now >= self.ends_at
    }

    /// Judges a token of this generation.
    pub fn judge(&self, shown: i32, now: DateTime<Utc>) -> Verdict {
        if self.is_over(now) {
            return Verdict::Over;
        }
        match self.generation.saturating_sub(shown) {
            // A newer one than the row knows was made before the database was restored to an earlier state.
            ..=0 => Verdict::Rotate(shown.saturating_add(1)),
            1 if !self.used => Verdict::Repeat { anew: true },
            1 if now - self.rotated_at < GRACE => Verdict::Repeat { anew: false },
            _ => Verdict::Reused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_764_500_000 + seconds, 0).expect("a moment")
    }

    const fn state(generation: i32, used: bool) -> State {
        State {
            generation,
            rotated_at: DateTime::from_timestamp(1_764_500_000, 0).expect("a moment"),
            used,
            idle_until: DateTime::from_timestamp(1_764_600_000, 0).expect("a moment"),
            ends_at: DateTime::from_timestamp(1_764_700_000, 0).expect("a moment"),
            is_revoked: false,
        }
    }

    #[test]
    fn the_newest_is_replaced_and_the_one_before_it_repeated_until_its_successor_is_used() {
        for (shown, used, seconds, verdict) in [
            (5, false, 0, Verdict::Rotate(6)),
            (5, true, 60, Verdict::Rotate(6)),
            (4, false, 0, Verdict::Repeat { anew: true }),
            // The answer was lost: for as long as it takes.
            (4, false, 90_000, Verdict::Repeat { anew: true }),
            (4, true, 9, Verdict::Repeat { anew: false }),
            (4, true, 10, Verdict::Reused),
            (3, false, 0, Verdict::Reused),
            (1, true, 0, Verdict::Reused),
            (9, true, 60, Verdict::Rotate(10)),
        ] {
            let judged = state(5, used).judge(shown, at(seconds));
            assert_eq!(judged, verdict, "{shown} {used} {seconds}");
        }
    }

    #[test]
    fn a_session_that_has_ended_stays_so_whatever_is_shown() {
        let revoked = State {
            is_revoked: true,
            ..state(5, false)
        };
        for shown in [3, 4, 5] {
            assert_eq!(revoked.judge(shown, at(0)), Verdict::Over);
            assert_eq!(state(5, false).judge(shown, at(100_000)), Verdict::Over);
            let long = State {
                idle_until: at(900_000),
                ..state(5, false)
            };
            assert_eq!(long.judge(shown, at(200_000)), Verdict::Over);
        }
    }
}
