//! What is known of the deployment at a moment.

use ai::queries::{Health, Spent};
use chrono::{DateTime, Utc};
use jobs::stats::{QueueRate, QueueStats};
use jobs::workers::Seen;
use kernel::db::Found;
use serde::Serialize;

use super::queries::{Archive, Waiting};
use crate::slos::Measured;

/// What was asked, or why there is no answer.
pub type Asked<T> = Result<T, String>;

/// Everything that is known.
#[derive(Clone, Debug)]
pub struct Facts {
    pub at: DateTime<Utc>,
    /// The release of the process that looks.
    pub release: String,
    pub rows: Asked<Rows>,
    pub surroundings: Surroundings,
    /// What the models may cost a day, in millionths of a dollar; `None`: no budget.
    pub budget_micro_usd: Option<i64>,
}

/// What is slow to ask, or billed.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub redis: Asked<()>,
    pub bucket: Asked<()>,
    pub updates: Asked<Updates>,
    /// Of the last 24 hours.
    pub objectives: Asked<Vec<Measured>>,
    /// `None`: nothing is backed up by us.
    pub backups: Asked<Option<Backups>>,
}

/// What lies in the bucket of the backups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Backups {
    /// When the newest was finished.
    pub newest: Option<DateTime<Utc>>,
    /// When a restore went well last.
    pub tried: Option<DateTime<Utc>>,
}

/// How the bot's updates come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Updates {
    /// Its user name, without `@`.
    pub bot: String,
    /// Whether they are sent where `TELEGRAM_WEBHOOK_URL` says; `None`: it says nothing.
    pub comes_to_us: Option<bool>,
    pub pending: u64,
    /// Why the newest delivery failed.
    pub last_error: Option<String>,
}

/// What only Postgres tells.
#[derive(Clone, Debug)]
pub struct Rows {
    pub workers: Vec<Seen>,
    pub migrations: Found,
    pub queues: Vec<QueueStats>,
    pub rates: Vec<QueueRate>,
    /// See `ai::queries::doubted_calls`.
    pub doubted: i64,
    pub vendors: Vec<Health>,
    pub spent: Spent,
    pub waiting: Waiting,
    pub archive: Archive,
    /// When the oldest request of a person came that is still open.
    pub oldest_request: Option<DateTime<Utc>>,
    /// The zone of the days that are counted, if `ANALYTICS_TIMEZONE` names another one.
    pub other_zone: Option<String>,
}

impl Rows {
    /// The newest migration that the database has.
    pub fn schema(&self) -> &str {
        self.migrations
            .applied
            .last()
            .map_or("none", String::as_str)
    }
}
