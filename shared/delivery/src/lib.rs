//! Messages to people that arrive once: what is the same for all features that send some. Each
//! feature has its own jobs and texts; how a message is not sent twice is docs/adr/0002.

pub mod html;
pub mod job;
pub mod split;

use jobs::Queue;

/// Messages.
pub const QUEUE: Queue = Queue::new("notification");

// For the macro `message!`.
#[doc(hidden)]
pub use ::jobs;
