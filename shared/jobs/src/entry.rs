//! A kind of job as a value.

use std::time::Duration;

use serde_json::Value;

use super::{Job, Queue};

/// A kind of job without its type, for the ledger and the worker.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub kind: &'static str,
    pub queue: Queue,
    pub max_attempts: u16,
    pub timeout: Duration,
    limit_keys: fn(&Value) -> Option<Vec<String>>,
    topic: fn(&Value) -> Option<String>,
}

impl Entry {
    /// The entry of a job.
    pub const fn of<J: Job>() -> Self {
        Self {
            kind: J::KIND,
            queue: J::QUEUE,
            max_attempts: J::MAX_ATTEMPTS,
            timeout: J::TIMEOUT,
            limit_keys: |args| J::deserialize(args).ok().map(|job| job.limit_keys()),
            topic: |args| J::deserialize(args).ok()?.topic(),
        }
    }

    /// The keys of its limits with these arguments; `None` if they do not parse.
    pub fn limit_keys(&self, args: &Value) -> Option<Vec<String>> {
        (self.limit_keys)(args)
    }

    /// The topic of a job with these arguments; see [`Job::topic`].
    pub fn topic(&self, args: &Value) -> Option<String> {
        (self.topic)(args)
    }
}
