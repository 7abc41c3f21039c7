//! Publishers tell what happens to what is not ours: RabbitMQ ([`relay`]), from where other programs take it, and
//! PostHog ([`capture`]), which shows what persons do who have agreed to that. Each reads the outbox by a cursor of its
//! own, which moves when what is before it was confirmed: at least once, in order, at its own pace. While one of them is
//! away, its cursor stays, and all else goes on. See `docs/PUBLISHING.md`.

mod capture;
mod feature;
pub mod jobs;
pub mod metrics;
mod pace;
mod relay;
pub mod rules;

pub use capture::{POSTHOG, capture};
pub use feature::FEATURE;
pub use pace::Pace;
pub use relay::{AMQP, relay};

use vendors::ProviderError;

/// How a step of a publisher went.
#[derive(Debug, Default)]
pub struct Step {
    /// Events that the cursor has passed.
    pub passed: usize,
    /// Whether there are more at once.
    pub more: bool,
    /// Why it stopped before the end of what it had read.
    pub failure: Option<ProviderError>,
}
