//! Messages to people: the common parts of all features that send some. Each feature has its own jobs
//! and texts. docs/adr/0002 describes how a message is sent exactly once.

pub mod html;
pub mod job;
pub mod split;

use jobs::{Feature, Queue};

/// The queue of all messages.
pub const QUEUE: Queue = Queue::new("notification");

/// The lists of this crate.
pub const FEATURE: Feature = Feature {
    queues: &[QUEUE],
    ..Feature::new("delivery")
};

// For the macro `message!`.
#[doc(hidden)]
pub use ::jobs;
