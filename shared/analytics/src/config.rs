//! Settings of this crate.

use kernel::env::{Env, Section, Setting};

const ZONE: Setting = Setting::new(
    "ANALYTICS_TIMEZONE",
    "UTC",
    "The zone of the days by which different persons are counted, as an IANA name (Europe/Moscow). After another value \
     nothing is counted until `symancy analytics rebuild` has run.",
);

pub const SETTINGS: Section = Section {
    title: "Analytics",
    settings: &[ZONE],
};

/// How sums are kept.
#[derive(Clone, Debug)]
pub struct AnalyticsConfig {
    /// The reporting zone. The projection asks the database whether there is one of that name.
    pub zone: String,
}

impl AnalyticsConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            zone: env.value(&ZONE),
        }
    }

    /// The zone, if it is set.
    pub fn given_zone(env: &mut Env<'_>) -> Option<String> {
        env.optional(&ZONE)
    }
}
