//! What a feature brings: lists, which the product composes.

use kernel::ErrorCode;
use kernel::db::Definition;
use kernel::facts::{FactKind, Shape};
use kernel::tables::Table;
use kernel::telemetry::metrics::Metric;

use crate::cron::Schedule;
use crate::personal::PersonalData;
use crate::{Entry, Queue};

/// The lists of one feature. A feature fills in what it has: `Feature { jobs: &[jobs::ALL], ..Feature::new("files") }`.
#[derive(Clone, Copy, Debug)]
pub struct Feature {
    /// The name of its crate, and of its folders in `api` and `worker`.
    pub name: &'static str,
    pub queues: &'static [Queue],
    pub jobs: &'static [&'static [Entry]],
    pub schedules: &'static [Schedule],
    pub metrics: &'static [Metric],
    pub codes: &'static [ErrorCode],
    /// What it records in the outbox.
    pub facts: &'static [FactKind],
    /// The same with the fields of their data.
    pub shapes: &'static [Shape],
    /// Every table and view that it owns.
    pub tables: &'static [Table],
    /// The functions and views among them, and the functions that its triggers call.
    pub definitions: &'static [Definition<'static>],
    /// Statements that delete rows after their retention time; see [`crate::prune`].
    pub prune: &'static [&'static [&'static str]],
    pub personal: PersonalData,
}

impl Feature {
    /// A feature without lists.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            queues: &[],
            jobs: &[],
            schedules: &[],
            metrics: &[],
            codes: &[],
            facts: &[],
            shapes: &[],
            tables: &[],
            definitions: &[],
            prune: &[],
            personal: PersonalData::NONE,
        }
    }
}
