//! One who waits, and what they are told.

use std::sync::Arc;

use shared::features::analyses::model::Analysis;
use shared::features::analyses::news::Grown;
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

impl News {
    /// Whether nothing more will be written.
    pub(super) fn is_end(&self) -> bool {
        match self {
            Self::None => false,
            Self::Changed(analysis) => analysis.status.is_final(),
            Self::Gone => true,
        }
    }
}

/// What one who waits is told next.
#[derive(Clone, Debug)]
pub(crate) enum Sign {
    News(News),
    /// As far as it is written.
    Grown(Arc<Grown>),
}

/// Somebody who waits for a reading. Begin to wait first, then look at the row: what changes in
/// between is told.
pub(crate) struct Watch {
    pub(super) id: Uuid,
    pub(super) hub: Hub,
    pub(super) told: watch::Receiver<News>,
    pub(super) grown: watch::Receiver<Option<Arc<Grown>>>,
}

impl Watch {
    /// The next news of a revision after `seen`; `None` when this process stops.
    pub(crate) async fn after(&mut self, seen: i32) -> Option<News> {
        newer(&mut self.told, seen).await
    }

    /// The same, or what there is of the reading while it is being written, if that has changed.
    pub(crate) async fn any(&mut self, seen: i32) -> Option<Sign> {
        tokio::select! {
            biased;
            news = newer(&mut self.told, seen) => news.map(Sign::News),
            grown = newest(&mut self.grown) => grown.map(Sign::Grown),
        }
    }
}

async fn newer(told: &mut watch::Receiver<News>, seen: i32) -> Option<News> {
    loop {
        told.changed().await.ok()?;
        let news = told.borrow_and_update().clone();
        match &news {
            News::Changed(analysis) if analysis.revision > seen => return Some(news),
            News::Gone => return Some(news),
            _ => {}
        }
    }
}

async fn newest(grown: &mut watch::Receiver<Option<Arc<Grown>>>) -> Option<Arc<Grown>> {
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
