//! What people are told in their chat: that a reading has begun, the reading, and bad news.

pub mod jobs;
pub mod queries;
pub mod rules;
pub mod texts;

use crate::jobs::Queue;

/// Messages.
pub const QUEUE: Queue = Queue::new("notification");
