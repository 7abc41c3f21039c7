//! Privacy requests: a copy of a person's data, or its deletion (docs/PRIVACY.md).

pub mod ask;
pub mod erase;
pub mod export;
pub mod jobs;
pub mod messages;
pub mod model;
pub mod queries;
pub mod rules;
pub mod texts;

use ::jobs::Queue;

/// Deletions of people's data.
pub const QUEUE: Queue = Queue::new("privacy");

/// Copies of it. Each may take an hour, which no deletion must wait for.
pub const EXPORTS: Queue = Queue::new("exports");
