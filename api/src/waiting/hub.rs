//! The one task that knows what is waited for.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use shared::features::analyses::model::Analysis;
use shared::features::analyses::news::Grown;
use shared::features::analyses::queries;
use shared::{Core, Error};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use super::announced;
use super::watch::{News, Watch};

/// How often everything that is waited for is compared with the database.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long announcements gather before they are looked up together.
const GATHER: Duration = Duration::from_millis(5);

/// The most readings of one statement.
const BATCH: usize = 1_000;

/// Everybody who waits in this process. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    /// `None` once this process stops.
    topics: Mutex<Option<HashMap<Uuid, Topic>>>,
}

/// A reading that is waited for.
struct Topic {
    tell: watch::Sender<News>,
    /// What there is of it while it is being written: only the newest, however slowly it is fetched.
    grow: watch::Sender<Option<Arc<Grown>>>,
    /// The newest revision that was told.
    revision: i32,
    waiting: usize,
}

impl Hub {
    /// Begins to listen, on the runtime of the caller.
    pub fn start(core: &Core) -> Self {
        let hub = Self(Arc::new(Inner {
            topics: Mutex::new(Some(HashMap::new())),
        }));
        let (announce, announced) = mpsc::unbounded_channel();
        tokio::spawn(announced::listen(
            core.config.redis.clone(),
            hub.clone(),
            announce,
        ));
        tokio::spawn(run(hub.clone(), core.clone(), announced));
        hub
    }

    /// Begins to wait for a reading; `None` once this process stops.
    pub(crate) fn watch(&self, id: Uuid) -> Option<Watch> {
        let mut topics = self.topics();
        let topic = topics.as_mut()?.entry(id).or_insert_with(|| Topic {
            tell: watch::Sender::new(News::None),
            grow: watch::Sender::new(None),
            revision: 0,
            waiting: 0,
        });
        topic.waiting += 1;
        let told = topic.tell.subscribe();
        let mut grown = topic.grow.subscribe();
        // Who comes late is shown at once what there is.
        grown.mark_changed();
        let hub = self.clone();
        Some(Watch {
            id,
            hub,
            told,
            grown,
        })
    }

    /// Ends all waiting: this process stops.
    pub fn close(&self) {
        *self.topics() = None;
    }

    /// Whether anybody waits for it here.
    pub(super) fn is_wanted(&self, id: Uuid) -> bool {
        let topics = self.topics();
        topics
            .as_ref()
            .is_some_and(|topics| topics.contains_key(&id))
    }

    pub(super) fn is_closed(&self) -> bool {
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

    /// Shows what there is of a reading. What comes after its end, or from an attempt that was given
    /// up, is late.
    pub(super) fn grow(&self, grown: Grown) {
        let topics = self.topics();
        let topic = topics.as_ref().and_then(|topics| topics.get(&grown.id));
        let Some(topic) = topic.filter(|topic| !topic.tell.borrow().is_end()) else {
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

    fn wanted(&self) -> Vec<(Uuid, i32)> {
        let topics = self.topics();
        let all = topics.iter().flatten();
        all.map(|(id, topic)| (*id, topic.revision)).collect()
    }

    fn tell(&self, id: Uuid, analysis: Option<Analysis>) {
        let mut topics = self.topics();
        let Some(topic) = topics.as_mut().and_then(|topics| topics.get_mut(&id)) else {
            return;
        };
        if analysis.as_ref().is_none_or(|row| row.status.is_final()) {
            // Should it be begun once more, then from the beginning.
            topic.grow.send_replace(None);
        }
        match analysis {
            None => drop(topic.tell.send(News::Gone)),
            Some(analysis) if analysis.revision > topic.revision => {
                topic.revision = analysis.revision;
                drop(topic.tell.send(News::Changed(Arc::new(analysis))));
            }
            Some(_) => {}
        }
    }

    // A panic while it was held cannot have left it in pieces.
    fn topics(&self) -> MutexGuard<'_, Option<HashMap<Uuid, Topic>>> {
        self.0.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks up what was announced, and everything now and then, until this process stops.
async fn run(hub: Hub, core: Core, mut announced: mpsc::UnboundedReceiver<Uuid>) {
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !hub.is_closed() {
        let looked = tokio::select! {
            Some(first) = announced.recv() => {
                tokio::time::sleep(GATHER).await;
                let mut changed = HashSet::from([first]);
                while let Ok(id) = announced.try_recv() {
                    changed.insert(id);
                }
                load(&hub, &core, changed.into_iter().collect()).await
            }
            _ = look.tick() => compare(&hub, &core).await,
        };
        if let Err(why) = looked {
            tracing::warn!(error = %why, "cannot look at what is waited for; will look again");
        }
    }
}

/// Finds what has changed without an announcement having come.
async fn compare(hub: &Hub, core: &Core) -> Result<(), Error> {
    for known in hub.wanted().chunks(BATCH) {
        let ids: Vec<Uuid> = known.iter().map(|(id, _)| *id).collect();
        let rows = queries::revisions(&mut *core.db.get().await?, &ids).await?;
        let rows: HashMap<Uuid, i32> = rows.into_iter().collect();
        let changed = known
            .iter()
            .filter(|(id, told)| rows.get(id).is_none_or(|revision| revision > told))
            .map(|(id, _)| *id)
            .collect();
        load(hub, core, changed).await?;
    }
    Ok(())
}

/// Loads readings once for all who wait for them.
async fn load(hub: &Hub, core: &Core, ids: Vec<Uuid>) -> Result<(), Error> {
    for ids in ids.chunks(BATCH) {
        let rows = queries::by_ids(&mut *core.db.get().await?, ids).await?;
        let mut rows: HashMap<Uuid, Analysis> = rows.into_iter().map(|row| (row.id, row)).collect();
        for id in ids {
            hub.tell(*id, rows.remove(id));
        }
    }
    Ok(())
}
