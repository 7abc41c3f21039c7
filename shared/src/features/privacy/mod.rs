//! What people may ask about their data: a copy of it, or its end (docs/PRIVACY.md).

pub mod erase;
pub mod export;
pub mod jobs;
pub mod model;
pub mod queries;
pub mod rules;

use crate::jobs::Queue;

/// Copies of people's data, and its deletion.
pub const QUEUE: Queue = Queue::new("privacy");
