//! The catalogue of queues, kinds of jobs, and schedules. The product composes it from the lists of its
//! features.

use serde_json::Value;

use super::cron::Schedule;
use super::{Entry, Feature, Queue, queue};

/// All queues, kinds and schedules of a product, in the order of its features.
#[derive(Clone, Debug)]
pub struct Catalogue {
    pub queues: Vec<Queue>,
    pub kinds: Vec<Entry>,
    pub schedules: Vec<Schedule>,
}

impl Catalogue {
    /// The catalogue of these features.
    pub fn of(features: &[Feature]) -> Self {
        let all = features.iter();
        Self {
            queues: all.clone().flat_map(|one| one.queues).copied().collect(),
            kinds: all.clone().flat_map(|one| one.jobs.concat()).collect(),
            schedules: all.flat_map(|one| one.schedules).copied().collect(),
        }
    }

    /// The queue of a name.
    pub fn queue(&self, name: &str) -> Option<Queue> {
        queue::find(&self.queues, name)
    }

    /// The names of all queues.
    pub fn queue_names(&self) -> Vec<&'static str> {
        queue::names(&self.queues)
    }

    /// The names of all kinds.
    pub fn kind_names(&self) -> Vec<&'static str> {
        self.kinds.iter().map(|entry| entry.kind).collect()
    }

    /// The keys of the limits that a job with these arguments counts against; `None` if the
    /// kind is unknown, or its arguments do not parse.
    pub fn limit_keys(&self, kind: &str, args: &Value) -> Option<Vec<String>> {
        let entry = self.kinds.iter().find(|entry| entry.kind == kind)?;
        entry.limit_keys(args)
    }
}
