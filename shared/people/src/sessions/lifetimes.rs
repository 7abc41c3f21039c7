//! How long the tokens of sessions work.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use kernel::env::{Env, Setting};

use super::LIFETIME;
use super::rotation::{IDLE, LONGEST};

pub(super) const ACCESS: Setting = Setting::new(
    "JWT_EXPIRY",
    "15m",
    "How long an access token is good, 1m to 1d: seconds, or a number with s, m, h or d. A session that is ended ends \
     its tokens within 5 seconds all the same.",
);
pub(super) const REFRESH: Setting = Setting::new(
    "JWT_REFRESH_EXPIRY",
    "7d",
    "After how long without a renewal a session ends, 1h to 90d. In the same form.",
);

/// How long tokens work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetimes {
    /// Of an access token.
    pub access: TimeDelta,
    /// Of a refresh token that is not used.
    pub idle: TimeDelta,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            access: LIFETIME,
            idle: IDLE,
        }
    }
}

impl Lifetimes {
    pub(super) fn read(env: &mut Env<'_>) -> Self {
        Self {
            access: within(env, &ACCESS, TimeDelta::minutes(1), TimeDelta::days(1)),
            idle: within(env, &REFRESH, TimeDelta::hours(1), LONGEST),
        }
    }
}

fn within(
    env: &mut Env<'_>,
    setting: &Setting,
    shortest: TimeDelta,
    longest: TimeDelta,
) -> TimeDelta {
    let Span(span) = env.value(setting);
    if span < shortest || span > longest {
        let why = format!("must be {} to {}", Span(shortest), Span(longest));
        env.fault(setting, why);
    }
    span
}

/// A stretch of time as settings spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span(TimeDelta);

impl FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "must be seconds, or a number with s, m, h or d (example: 15m)";
        let text = text.trim();
        let digits = text.trim_end_matches(|sign: char| sign.is_ascii_alphabetic());
        let seconds = match &text[digits.len()..] {
            "" | "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return Err(FORM),
        };
        let number: u32 = digits.parse().map_err(|_| FORM)?;
        let span = TimeDelta::try_seconds(i64::from(number) * seconds);
        span.map(Self).ok_or(FORM)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.num_minutes() {
            minutes if minutes % 1_440 == 0 => write!(f, "{}d", minutes / 1_440),
            minutes if minutes % 60 == 0 => write!(f, "{}h", minutes / 60),
            minutes => write!(f, "{minutes}m"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(access: &str) -> Result<Lifetimes, String> {
        let lookup = |name: &str| (name == ACCESS.name).then(|| access.to_owned());
        let mut env = Env::new(&lookup);
        let read = Lifetimes::read(&mut env);
        env.finish(read).map_err(|why| why.to_string())
    }

    #[test]
    fn the_forms_of_the_documents_are_read() {
        for (text, seconds) in [
            ("15m", 900),
            ("1h", 3_600),
            ("900", 900),
            ("90s", 90),
            ("1d", 86_400),
        ] {
            let read = read(text).expect(text);
            assert_eq!(read.access, TimeDelta::seconds(seconds), "{text}");
            assert_eq!(read.idle, TimeDelta::days(7));
        }
        for wrong in ["m", "1 h", "-5", "1.5h", "2w", "59", "25h", "99999999999d"] {
            let _ = read(wrong).expect_err(wrong);
        }
    }
}
