//! Waiting for readings to change, whatever process changes them.
//!
//! All requests that wait in this process share one subscription in Redis and one task: the task loads
//! what was announced, once for all of them, and now and then compares the revisions of everything that
//! is waited for, in one statement. So a lost announcement (or no Redis at all) costs seconds, and
//! no request that waits holds a connection or asks the database by itself.
//!
//! Snapshots of a text that is being written come the same way and bypass the database: each topic keeps
//! the newest, later requests get it at once, and without Redis there are none.

mod announced;
mod hub;
mod lookup;
mod news;
pub mod permits;
mod watch;

use product::Core;
use tokio::sync::mpsc;

pub use hub::Hub;
pub(crate) use news::{News, Sign};
pub(crate) use watch::Watch;

/// Starts the subscription and the lookups, on the runtime of the caller.
pub(crate) fn start(core: &Core) -> Hub {
    let hub = Hub::new();
    let (announce, announced) = mpsc::unbounded_channel();
    let redis = core.config.redis.clone();
    tokio::spawn(announced::listen(redis, hub.clone(), announce));
    tokio::spawn(lookup::run(hub.clone(), core.clone(), announced));
    hub
}
