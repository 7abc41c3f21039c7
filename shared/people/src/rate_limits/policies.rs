//! Limits of some routes, beside the general one of whoever sends the request.

use std::time::Duration;

use kernel::env::Setting;

use super::limit::Limit;

pub(super) const AUTH: Setting = Setting::new(
    "RATE_LIMIT_AUTH",
    "100",
    "Requests in 15 minutes from one address that sign in, register or prove something by a letter's link. 0: no limit.",
);
pub(super) const AI: Setting = Setting::new(
    "RATE_LIMIT_AI",
    "30",
    "Requests in a minute of one person, or of an organization's keys, for which a model is asked. 0: no limit.",
);
pub(super) const EXPORT: Setting = Setting::new(
    "RATE_LIMIT_EXPORT",
    "10",
    "Copies of their data that one person may ask for in 24 hours. 0: no limit.",
);

/// What a route does, as far as that is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Nothing that is limited by itself.
    General,
    /// It proves who somebody is, by what can be guessed or sent to somebody else.
    Auth,
    /// It has a model asked.
    Ai,
    /// It has a copy of a person's data made.
    Export,
}

/// Whose requests are counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Address,
    /// The person, also by the keys of their account; of an organization all its keys. Keys of operators, which act for
    /// many, have their own limit alone.
    Account,
}

/// The limit of a class of routes.
pub struct Policy {
    pub class: Class,
    pub who: Who,
    /// The name in headers and metrics.
    pub name: &'static str,
    pub(super) points: &'static Setting,
    window: Duration,
}

/// All of them. The windows are those of the design documents: 100 in 15 minutes of 002, the 30 a minute of a person of
/// 003, the 24 hours of 000. How many readings or files a plan allows in a day is counted by its meters, which give
/// back what failed.
pub const POLICIES: [Policy; 3] = [
    Policy {
        class: Class::Auth,
        who: Who::Address,
        name: "auth",
        points: &AUTH,
        window: Duration::from_secs(900),
    },
    Policy {
        class: Class::Ai,
        who: Who::Account,
        name: "ai",
        points: &AI,
        window: Duration::from_secs(60),
    },
    Policy {
        class: Class::Export,
        who: Who::Account,
        name: "export",
        points: &EXPORT,
        window: Duration::from_secs(86_400),
    },
];

impl Policy {
    pub(super) fn limit(&self, points: u32) -> Limit {
        Limit {
            name: self.name,
            points,
            window: self.window,
            block: Duration::ZERO,
        }
    }
}
