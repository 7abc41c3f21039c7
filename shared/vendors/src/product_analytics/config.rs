//! Settings of product analytics.

use kernel::env::{Env, Section, Setting};
use url::Url;

const KEY: Setting = Setting::optional(
    "POSTHOG_KEY",
    "phc_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
    "The key of a project of PostHog, which is told what persons do who have agreed to that: no texts, no names, under a \
     hash for an id (docs/PUBLISHING.md). Not set: nothing is told.",
)
.secret();
const HOST: Setting = Setting::new(
    "POSTHOG_HOST",
    "https://eu.i.posthog.com",
    "Where PostHog takes events: https://us.i.posthog.com in America, or a server of your own.",
);

pub const SETTINGS: Section = Section {
    title: "Product analytics",
    settings: &[KEY, HOST],
};

/// Which project is told.
#[derive(Clone, Debug)]
pub struct ProductAnalyticsConfig {
    pub posthog: Option<PostHogConfig>,
}

/// A project of PostHog.
#[derive(Clone)]
pub struct PostHogConfig {
    pub host: Url,
    pub key: String,
}

impl std::fmt::Debug for PostHogConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PostHog({})", self.host)
    }
}

impl ProductAnalyticsConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let (key, host) = (env.optional(&KEY), env.url_anywhere(&HOST));
        Self {
            posthog: key.map(|key| PostHogConfig { host, key }),
        }
    }
}
