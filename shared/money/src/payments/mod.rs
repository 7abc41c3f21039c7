//! Money: what was ordered, what vendors say of it, and what follows. The tale of it is
//! docs/PAYMENTS.md.

pub mod messages;
pub mod model;
pub mod queries;
pub mod rules;
pub mod settle;
pub mod texts;

use jobs::Queue;

/// What has to do with money.
pub const QUEUE: Queue = Queue::new("payment");
