//! Payments: orders, the vendors' events, and what follows from them. Explained in docs/PAYMENTS.md.

pub mod abandon;
pub mod asking;
mod case;
pub mod find;
pub mod inbox;
pub mod intake;
pub mod messages;
pub mod model;
pub mod orders;
pub mod places;
pub mod queries;
pub mod reconcile;
pub mod reports;
mod restored;
pub mod rules;
pub mod settle;
pub mod story;
pub mod texts;
pub mod told;
pub mod untold;

use jobs::Queue;

/// Jobs about money.
pub const QUEUE: Queue = Queue::new("payment");
