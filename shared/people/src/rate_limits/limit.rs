//! A limit, and what is decided by it.

use std::cmp::Reverse;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// A rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The name of the policy in the `RateLimit` header.
    pub name: &'static str,
    /// Requests in a window; 0: no limit.
    pub points: u32,
    /// The window, which slides ([`super::window`]).
    pub window: Duration,
    /// How long nothing is admitted after the first request over the limit, at the least.
    pub block: Duration,
}

impl Limit {
    pub(super) fn a_minute(self, points: u32) -> Self {
        Self {
            points,
            window: MINUTE,
            ..self
        }
    }
}

/// The decision about a request that was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub admitted: bool,
    /// How many more are admitted until the reset.
    pub remaining: u32,
    /// Time until more are admitted: of a refused request, until one is.
    pub reset: Duration,
}

impl Decision {
    /// The reset in whole seconds, never too early.
    pub fn reset_seconds(&self) -> u64 {
        self.reset.as_millis().div_ceil(1_000).max(1) as u64
    }
}

/// Of what a request was counted against, that which leaves the least: what its headers say.
pub fn tightest(counted: &[(Limit, Decision)]) -> Option<&(Limit, Decision)> {
    let least =
        |(_, made): &&(Limit, Decision)| (made.admitted, made.remaining, Reverse(made.reset));
    counted.iter().min_by_key(least)
}
