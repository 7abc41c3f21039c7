//! What has to be proved anew before something that changes most: keys, factors, owners, deletion. Pure.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::error::Error;

use crate::codes::PROVE_AGAIN;

/// How long a proof is fresh.
pub const FRESH_FOR: TimeDelta = TimeDelta::minutes(10);

/// What an endpoint asks for, besides what the caller may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepUp {
    /// That the person was proved lately; who has a second factor, by that.
    Person,
    /// The same without the password, for which the endpoint asks itself.
    Factor,
}

/// What a session has proved, and when.
#[derive(Clone, Copy, Debug)]
pub struct Proofs {
    /// `None`: Telegram has proved the person, for an hour or a day.
    pub proved_at: Option<DateTime<Utc>>,
    pub second_at: Option<DateTime<Utc>>,
}

impl StepUp {
    /// What the documentation says of it.
    pub const fn about(self) -> &'static str {
        match self {
            Self::Person => "the person, by a second factor where they have one",
            Self::Factor => {
                "the second factor, where they have one (the password is asked for by the call itself)"
            }
        }
    }

    /// Whether a session has proved enough.
    ///
    /// # Errors
    /// E221 with what to do.
    pub fn judge(self, proofs: Proofs, has_factor: bool, now: DateTime<Utc>) -> Result<(), Error> {
        let is_fresh = |at: DateTime<Utc>| now - at < FRESH_FOR;
        if has_factor && !proofs.second_at.is_some_and(is_fresh) {
            return Err(prove_again(
                "POST /v1/auth/reauthenticate with a code, a recovery code or a passkey (POST \
                 /v1/auth/passkeys/prove/options), in a session that began with a password or a passkey",
            ));
        }
        if self == Self::Person && !proofs.proved_at.is_none_or(is_fresh) {
            return Err(prove_again(
                "POST /v1/auth/reauthenticate with the password",
            ));
        }
        Ok(())
    }
}

fn prove_again(why: &str) -> Error {
    Error::Invalid {
        code: PROVE_AGAIN,
        field: "session",
        why: why.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::from_timestamp(1_764_500_000, 0).expect("a moment");

    fn ago(seconds: i64) -> DateTime<Utc> {
        NOW - TimeDelta::seconds(seconds)
    }

    #[test]
    fn a_proof_is_fresh_for_ten_minutes_and_a_factor_has_to_be_among_it() {
        use StepUp::{Factor, Person};
        let (fresh, stale) = (Some(ago(599)), Some(ago(600)));
        for (needed, proved_at, second_at, has_factor, passes) in [
            (Person, fresh, None, false, true),
            (Person, stale, None, false, false),
            (Person, fresh, None, true, false),
            (Person, fresh, stale, true, false),
            (Person, fresh, fresh, true, true),
            (Person, stale, fresh, true, false),
            // A factor that is switched off is asked for no more.
            (Person, fresh, stale, false, true),
            (Factor, stale, None, false, true),
            (Factor, stale, None, true, false),
            (Factor, stale, fresh, true, true),
            // In the Mini App.
            (Person, None, None, false, true),
            (Person, None, None, true, false),
            (Factor, None, None, true, false),
        ] {
            let proofs = Proofs {
                proved_at,
                second_at,
            };
            let judged = needed.judge(proofs, has_factor, NOW);
            assert_eq!(judged.is_ok(), passes, "{needed:?} {proofs:?} {has_factor}");
            assert!(judged.is_ok() || judged.is_err_and(|why| why.status() == 403));
        }
    }
}
