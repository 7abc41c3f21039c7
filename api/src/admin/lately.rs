//! What is slow to ask, or billed, asked once for all who look at the page: a page that refreshes by itself asks Telegram
//! and the bucket no more often than this.

use std::sync::Arc;
use std::time::{Duration, Instant};

use operators::status::Surroundings;
use product::{Core, status};
use tokio::sync::Mutex;

/// How long an answer is shared.
const FRESH: Duration = Duration::from_secs(20);

/// The last answer, shared by all threads. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Lately(Arc<Mutex<Option<(Instant, Surroundings)>>>);

impl Lately {
    /// What was found at most [`FRESH`] ago. One request asks, the others wait for what it finds.
    pub(super) async fn surroundings(&self, core: &Core) -> Surroundings {
        let mut last = self.0.lock().await;
        if let Some((at, known)) = &*last
            && at.elapsed() < FRESH
        {
            return known.clone();
        }
        let found = status::surroundings(core).await;
        *last = Some((Instant::now(), found.clone()));
        found
    }
}
