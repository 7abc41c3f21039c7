//! One request that waits for a reading.

use std::sync::Arc;

use readings::news::Snapshot;
use tokio::sync::watch;
use uuid::Uuid;

use super::hub::{Growth, Hub};
use super::news::{News, Sign};

/// A request that waits for a reading. Create it first, then load the row, so that no change in between
/// is missed.
pub(crate) struct Watch {
    id: Uuid,
    hub: Hub,
    news: watch::Receiver<News>,
    grown: watch::Receiver<Growth>,
}

impl Hub {
    /// Begins to wait for a reading; `None` once this process stops.
    pub(crate) fn watch(&self, id: Uuid) -> Option<Watch> {
        let (news, mut grown) = self.join(id)?;
        // A later request gets the newest snapshot at once.
        grown.mark_changed();
        let hub = self.clone();
        Some(Watch {
            id,
            hub,
            news,
            grown,
        })
    }
}

impl Watch {
    /// The next news of a revision after `seen`; `None` when this process stops.
    pub(crate) async fn after(&mut self, seen: i32) -> Option<News> {
        newer(&mut self.news, seen).await
    }

    /// The same, or what there is of the reading while it is being written, if that has changed.
    pub(crate) async fn any(&mut self, seen: i32) -> Option<Sign> {
        tokio::select! {
            biased;
            news = newer(&mut self.news, seen) => news.map(Sign::News),
            grown = newest(&mut self.grown) => grown.map(Sign::Grown),
        }
    }
}

async fn newer(receiver: &mut watch::Receiver<News>, seen: i32) -> Option<News> {
    loop {
        receiver.changed().await.ok()?;
        let news = receiver.borrow_and_update().clone();
        match &news {
            News::Changed(analysis) if analysis.revision > seen => return Some(news),
            News::Gone => return Some(news),
            _ => {}
        }
    }
}

async fn newest(grown: &mut watch::Receiver<Growth>) -> Option<Arc<Snapshot>> {
    loop {
        grown.changed().await.ok()?;
        if let Some(grown) = grown.borrow_and_update().clone() {
            return Some(grown);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.hub.leave(self.id);
    }
}
