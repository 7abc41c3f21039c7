//! What is waited for in this process, and what is known of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use readings::model::Analysis;
use readings::news::Snapshot;
use tokio::sync::watch;
use uuid::Uuid;

use super::news::News;

/// All requests that wait in this process. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    /// `None` once this process stops.
    topics: Mutex<Option<HashMap<Uuid, Topic>>>,
}

/// The newest text of a reading that is being written.
pub(super) type Growth = Option<Arc<Snapshot>>;

/// A reading that is waited for.
struct Topic {
    news: watch::Sender<News>,
    /// Its snapshots while it is being written: only the newest is kept for slow clients.
    grow: watch::Sender<Growth>,
    /// The newest revision that was sent.
    revision: i32,
    waiting: usize,
}

impl Hub {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner {
            topics: Mutex::new(Some(HashMap::new())),
        }))
    }

    /// One more request waits for a reading: its news, and its text as it grows. `None` once this process
    /// stops. To be ended with [`Hub::leave`].
    pub(super) fn join(
        &self,
        id: Uuid,
    ) -> Option<(watch::Receiver<News>, watch::Receiver<Growth>)> {
        let mut topics = self.topics();
        let topic = topics.as_mut()?.entry(id).or_insert_with(|| Topic {
            news: watch::Sender::new(News::None),
            grow: watch::Sender::new(None),
            revision: 0,
            waiting: 0,
        });
        topic.waiting += 1;
        Some((topic.news.subscribe(), topic.grow.subscribe()))
    }

    /// Ends all waiting: this process stops.
    pub fn close(&self) {
        *self.topics() = None;
    }

    /// Whether a request waits for it here.
    pub(super) fn is_wanted(&self, id: Uuid) -> bool {
        let topics = self.topics();
        topics
            .as_ref()
            .is_some_and(|topics| topics.contains_key(&id))
    }

    /// Whether this process stops.
    pub(crate) fn is_closed(&self) -> bool {
        self.topics().is_none()
    }

    pub(super) fn leave(&self, id: Uuid) {
        let mut topics = self.topics();
        let Some(topics) = topics.as_mut() else {
            return;
        };
        if let Some(topic) = topics.get_mut(&id) {
            topic.waiting -= 1;
            if topic.waiting == 0 {
                topics.remove(&id);
            }
        }
    }

    /// Distributes a snapshot. One after the end of the reading, or of an abandoned attempt, is late and
    /// dropped.
    pub(super) fn grow(&self, grown: Snapshot) {
        let topics = self.topics();
        let topic = topics.as_ref().and_then(|topics| topics.get(&grown.id));
        let Some(topic) = topic.filter(|topic| !topic.news.borrow().is_end()) else {
            return;
        };
        topic.grow.send_if_modified(|newest| {
            let is_late = newest
                .as_ref()
                .is_some_and(|newest| newest.attempt > grown.attempt);
            if !is_late {
                *newest = Some(Arc::new(grown));
            }
            !is_late
        });
    }

    /// Every reading that is waited for, with the newest revision that was sent.
    pub(super) fn wanted(&self) -> Vec<(Uuid, i32)> {
        let topics = self.topics();
        let all = topics.iter().flatten();
        all.map(|(id, topic)| (*id, topic.revision)).collect()
    }

    pub(super) fn publish(&self, id: Uuid, analysis: Option<Analysis>) {
        let mut topics = self.topics();
        let Some(topic) = topics.as_mut().and_then(|topics| topics.get_mut(&id)) else {
            return;
        };
        if analysis.as_ref().is_none_or(|row| row.status.is_final()) {
            // A redriven reading begins with an empty text.
            topic.grow.send_replace(None);
        }
        match analysis {
            None => drop(topic.news.send(News::Gone)),
            Some(analysis) if analysis.revision > topic.revision => {
                topic.revision = analysis.revision;
                drop(topic.news.send(News::Changed(Arc::new(analysis))));
            }
            Some(_) => {}
        }
    }

    // A panic while the lock was held cannot have left the map inconsistent.
    fn topics(&self) -> MutexGuard<'_, Option<HashMap<Uuid, Topic>>> {
        self.0.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
