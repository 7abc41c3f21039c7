//! When a letter is sent, and to whom none is.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::EmailStatus;

/// What one address has answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Refusals for good.
    pub bounces: i16,
    /// Refusals for now, since `soft_since`.
    pub soft_bounces: i16,
    pub soft_since: Option<DateTime<Utc>>,
    /// When the person called a letter spam first.
    pub complained_at: Option<DateTime<Utc>>,
    /// The end of what bounces brought.
    pub suppressed_until: Option<DateTime<Utc>>,
}

/// An answer of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Bounce,
    SoftBounce,
    Complaint,
}

/// After a bounce.
const BOUNCED: TimeDelta = TimeDelta::days(90);

/// So many refusals for now within so long count as one for so long.
const SOFT_MOST: i16 = 5;
const SOFT_WINDOW: TimeDelta = TimeDelta::days(7);

/// Bounces after which not even letters of security are sent.
const BOUNCES_MOST: i16 = 2;

impl Record {
    /// The record after one more answer.
    #[must_use]
    pub fn after(mut self, answer: Answer, now: DateTime<Utc>) -> Self {
        match answer {
            Answer::Complaint => self.complained_at = self.complained_at.or(Some(now)),
            Answer::Bounce => {
                self.bounces = self.bounces.saturating_add(1);
                self.suppressed_until = self.suppressed_until.max(Some(now + BOUNCED));
            }
            Answer::SoftBounce => {
                let begins = self
                    .soft_since
                    .is_none_or(|since| since + SOFT_WINDOW <= now);
                if begins {
                    (self.soft_since, self.soft_bounces) = (Some(now), 0);
                }
                self.soft_bounces = self.soft_bounces.saturating_add(1);
                if self.soft_bounces >= SOFT_MOST {
                    self.suppressed_until = self.suppressed_until.max(Some(now + SOFT_WINDOW));
                }
            }
        }
        self
    }

    /// Whether a letter to this address is kept back. One of security is tried after a complaint, and after a first
    /// bounce: the server may have been wrong, and an account hangs on it.
    pub fn suppresses(&self, is_security: bool, now: DateTime<Utc>) -> bool {
        let bounced = self.suppressed_until.is_some_and(|until| until > now);
        match is_security {
            true => bounced && self.bounces >= BOUNCES_MOST,
            false => bounced || self.complained_at.is_some(),
        }
    }
}

/// What an attempt does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It has ended before.
    Nothing,
    Suppress,
    /// It may have left, and is not sent again.
    GiveUp,
    Send {
        /// An earlier attempt ended without an answer.
        doubtful: bool,
    },
}

/// The step of an attempt at a letter in this state. `doubted`: an earlier one was in doubt already.
pub fn step(status: EmailStatus, doubted: bool, is_security: bool, suppressed: bool) -> Step {
    match status {
        EmailStatus::Queued if suppressed => Step::Suppress,
        EmailStatus::Queued => Step::Send { doubtful: false },
        EmailStatus::Sending if is_security && !doubted => Step::Send { doubtful: true },
        EmailStatus::Sending => Step::GiveUp,
        _ => Step::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(number)
    }

    fn after(answers: &[(Answer, i64)]) -> Record {
        let record = Record::default();
        answers.iter().fold(record, |record, (answer, at)| {
            record.after(*answer, day(*at))
        })
    }

    #[test]
    fn a_bounce_keeps_letters_back_for_90_days_and_a_second_one_those_of_security_too() {
        let once = after(&[(Answer::Bounce, 0)]);
        assert!(once.suppresses(false, day(89)) && !once.suppresses(false, day(90)));
        assert!(!once.suppresses(true, day(0)));
        let twice = after(&[(Answer::Bounce, 0), (Answer::Bounce, 10)]);
        assert!(twice.suppresses(true, day(99)) && !twice.suppresses(true, day(100)));
    }

    #[test]
    fn a_complaint_has_no_end_and_keeps_back_what_is_not_of_security() {
        let record = after(&[(Answer::Complaint, 0)]);
        assert!(record.suppresses(false, day(10_000)));
        assert!(!record.suppresses(true, day(0)));
    }

    #[test]
    fn five_refusals_for_now_within_a_week_count_for_a_week() {
        let at = |days: [i64; 5]| after(&days.map(|day| (Answer::SoftBounce, day)));
        let dense = at([0, 1, 2, 3, 6]);
        assert!(dense.suppresses(false, day(12)) && !dense.suppresses(false, day(13)));
        assert!(!dense.suppresses(true, day(6)));
        assert!(!at([0, 1, 2, 3, 7]).suppresses(false, day(7)));
        assert!(!after(&[(Answer::SoftBounce, 0); 4]).suppresses(false, day(0)));
    }

    #[test]
    fn a_letter_in_doubt_is_sent_once_more_if_an_account_hangs_on_it() {
        use EmailStatus::{Accepted, Queued, Sending, Suppressed};
        let send = |doubtful| Step::Send { doubtful };
        for (status, doubted, is_security, suppressed, expected) in [
            (Queued, false, false, false, send(false)),
            (Queued, false, true, true, Step::Suppress),
            // Put back after a second try that has surely not left.
            (Queued, true, true, false, send(false)),
            (Sending, false, true, true, send(true)),
            (Sending, true, true, false, Step::GiveUp),
            (Sending, false, false, false, Step::GiveUp),
            (Accepted, false, true, false, Step::Nothing),
            (Suppressed, false, true, false, Step::Nothing),
        ] {
            assert_eq!(
                step(status, doubted, is_security, suppressed),
                expected,
                "{status:?}"
            );
        }
    }
}
