//! The probe, and a job that does nothing.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use jobs::{Entry, Job, MAINTENANCE, Priority, Queue};

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<Probe>(), Entry::of::<Noop>()];

/// The behaviour of one run of a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Sleeps for so many milliseconds, then applies its result and is done.
    Finish { ms: u64 },
    /// Fails; retried after the usual backoff, or after `after_ms`.
    Fail { after_ms: Option<u64> },
    /// Snoozes for so many milliseconds, without spending an attempt.
    Snooze { ms: u64 },
    /// Fails without another attempt.
    GiveUp,
    /// Ends as cancelled.
    Cancel,
    /// Panics.
    Panic,
    /// Never ends; the timeout stops it.
    Hang,
    /// Blocks its thread for so many milliseconds, as faulty code does, then is done.
    Block { ms: u64 },
}

/// A job that follows a script: the first act in its first run, the second in its second; the last act
/// is repeated. Its result is a row of `probe_results`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    pub id: Uuid,
    pub script: Vec<Act>,
    /// Its limit keys.
    #[serde(default)]
    pub limit_keys: Vec<String>,
    /// 1 high, 2 normal, 3 low.
    #[serde(default = "normal")]
    pub class: u8,
}

fn normal() -> u8 {
    2
}

impl Probe {
    /// A probe with this script.
    pub fn new(script: impl Into<Vec<Act>>) -> Self {
        Self {
            id: Uuid::now_v7(),
            script: script.into(),
            limit_keys: Vec::new(),
            class: normal(),
        }
    }
}

impl Job for Probe {
    const KIND: &'static str = "probes.probe.v1";
    const QUEUE: Queue = MAINTENANCE;
    const MAX_ATTEMPTS: u16 = 50;
    const TIMEOUT: Duration = Duration::from_secs(3);

    fn subject(&self) -> Option<Uuid> {
        None
    }

    fn dedupe_key(&self) -> Option<String> {
        Some(self.id.to_string())
    }

    fn limit_keys(&self) -> Vec<String> {
        self.limit_keys.clone()
    }

    fn priority(&self) -> Priority {
        match self.class {
            1 => Priority::High,
            2 => Priority::Normal,
            _ => Priority::Low,
        }
    }
}

/// Does nothing, so that a benchmark measures the job layer alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noop {
    pub id: Uuid,
}

impl Job for Noop {
    const KIND: &'static str = "probes.noop.v1";
    const QUEUE: Queue = MAINTENANCE;
    const MAX_ATTEMPTS: u16 = 3;
    const TIMEOUT: Duration = Duration::from_secs(10);

    fn subject(&self) -> Option<Uuid> {
        None
    }
}
