//! The scheduled jobs of the books.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::payments;
use jobs::cron::Schedule;
use jobs::{Entry, Job, Queue};

/// The jobs of this file.
pub(crate) const JOBS: &[Entry] = &[Entry::of::<KeepBooks>(), Entry::of::<TakeStatements>()];

pub(crate) const SCHEDULE: Schedule = Schedule::of::<KeepBooks>("0 40 3 * * *");
/// Before the books are kept: what it finds is in them then.
pub(crate) const STATEMENTS: Schedule = Schedule::of::<TakeStatements>("0 20 3 * * *");

/// Books what is lacking (what a process of the previous release has settled, and what was earned), and compares the books
/// with the payments. Running it twice changes nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeepBooks {}

impl Job for KeepBooks {
    const KIND: &'static str = "money.keep_books.v1";
    const QUEUE: Queue = payments::QUEUE;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(1_800);

    fn subject(&self) -> Option<Uuid> {
        None
    }

    /// One at a time.
    fn dedupe_key(&self) -> Option<String> {
        Some(String::new())
    }
}

/// Takes the vendors' statements of the last days: books fees and what was sent to the bank, and asks about money that
/// stands in them alone. Running it twice changes nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeStatements {}

impl Job for TakeStatements {
    const KIND: &'static str = "money.take_statements.v1";
    const QUEUE: Queue = payments::QUEUE;
    const MAX_ATTEMPTS: u16 = 5;
    const TIMEOUT: Duration = Duration::from_secs(1_800);

    fn subject(&self) -> Option<Uuid> {
        None
    }

    /// One at a time.
    fn dedupe_key(&self) -> Option<String> {
        Some(String::new())
    }
}
