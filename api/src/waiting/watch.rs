//! One who waits, and what they are told.

use std::sync::Arc;

use shared::features::analyses::model::Analysis;
use tokio::sync::watch;
use uuid::Uuid;

use super::hub::Hub;

/// What is known of a reading that is waited for.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// Nothing has happened since the waiting began.
    None,
    /// How it is now.
    Changed(Arc<Analysis>),
    /// It was deleted.
    Gone,
}

/// Somebody who waits for a reading. Begin to wait first, then look at the row: what changes in
/// between is told.
pub(crate) struct Watch {
    pub(super) id: Uuid,
    pub(super) hub: Hub,
    pub(super) told: watch::Receiver<News>,
}

impl Watch {
    /// The next news of a revision after `seen`; `None` when this process stops.
    pub(crate) async fn after(&mut self, seen: i32) -> Option<News> {
        loop {
            self.told.changed().await.ok()?;
            let news = self.told.borrow_and_update().clone();
            match &news {
                News::Changed(analysis) if analysis.revision > seen => return Some(news),
                News::Gone => return Some(news),
                _ => {}
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.hub.leave(self.id);
    }
}
