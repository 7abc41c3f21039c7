//! The bot's chat: the updates that it has handled, and its notices. Readings, payments and privacy
//! have messages of their own.

pub mod jobs;
pub mod queries;
pub mod texts;

use ::jobs::Feature;
use kernel::tables::{ADD, ALL, Table};

/// The lists of this crate.
pub const FEATURE: Feature = Feature {
    jobs: &[jobs::JOBS],
    tables: &[Table::impersonal(
        "telegram_updates",
        "numbers of updates, which lead to no person",
    )
    .rights(ADD, ALL)],
    prune: &[queries::PRUNE],
    ..Feature::new("bot")
};
