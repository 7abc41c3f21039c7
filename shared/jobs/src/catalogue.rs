//! The catalogue of queues, kinds of jobs, and schedules. The product composes it from the lists of its
//! features.

use std::time::Duration;

use serde_json::Value;

use super::cron::Schedule;
use super::{Job, Queue, queue};

/// All queues, kinds and schedules of a product.
#[derive(Clone, Copy, Debug)]
pub struct Catalogue {
    /// In the order of display.
    pub queues: &'static [Queue],
    pub kinds: &'static [Entry],
    pub schedules: &'static [Schedule],
}

impl Catalogue {
    /// The queue of a name.
    pub fn queue(&self, name: &str) -> Option<Queue> {
        queue::find(self.queues, name)
    }

    /// The names of all queues.
    pub fn queue_names(&self) -> Vec<&'static str> {
        queue::names(self.queues)
    }

    /// The names of all kinds.
    pub fn kind_names(&self) -> Vec<&'static str> {
        self.kinds.iter().map(|entry| entry.kind).collect()
    }

    /// The keys of the limits that a job with these arguments counts against; `None` if the
    /// kind is unknown, or its arguments do not parse.
    pub fn limit_keys(&self, kind: &str, args: &Value) -> Option<Vec<String>> {
        let entry = self.kinds.iter().find(|entry| entry.kind == kind)?;
        (entry.limit_keys)(args)
    }
}

/// A kind of job without its type, for the ledger and the worker.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub kind: &'static str,
    pub queue: Queue,
    pub max_attempts: u16,
    pub timeout: Duration,
    limit_keys: fn(&Value) -> Option<Vec<String>>,
}

impl Entry {
    /// The entry of a job.
    pub const fn of<J: Job>() -> Self {
        Self {
            kind: J::KIND,
            queue: J::QUEUE,
            max_attempts: J::MAX_ATTEMPTS,
            timeout: J::TIMEOUT,
            limit_keys: limit_keys::<J>,
        }
    }
}

fn limit_keys<J: Job>(args: &Value) -> Option<Vec<String>> {
    J::deserialize(args).ok().map(|job| job.limit_keys())
}
