//! What an operator is told.

use serde::Serialize;

/// How bad it is, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Persons get nothing done.
    Outage,
    /// An operator has to act.
    Fault,
    /// It is good to know, and nothing is wrong.
    Notice,
}

impl Level {
    /// As the page and the command write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Fault => "fault",
            Self::Notice => "notice",
        }
    }
}

/// The jobs that a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Concerned {
    /// One of `jobs::operate::STATES`.
    pub state: &'static str,
    pub queue: String,
}

/// The chapters of docs/OPERATIONS.md that findings name.
pub const CHAPTERS: &[&str] = &[
    "a-new-release",
    "a-queue-is-old",
    "a-vendor-of-ai-is-down",
    "ai-vendors-and-money",
    "an-objective-is-missed",
    "analytics",
    "backups-are-old",
    "calls-of-payment-vendors",
    "dead-jobs-pile-up",
    "mail",
    "migrations",
    "money-that-is-not-as-it-should-be",
    "no-worker-runs",
    "paid-calls-whose-end-was-not-seen",
    "postgres-is-gone",
    "redis-is-gone",
    "requests-of-persons",
    "the-bucket-is-gone",
    "updates-wait-at-telegram",
];

/// One thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub level: Level,
    /// What it is about, in a word or two.
    pub about: &'static str,
    /// One or two sentences.
    pub text: String,
    /// One of [`CHAPTERS`], the anchor of its heading.
    pub runbook: &'static str,
    pub jobs: Option<Concerned>,
}

impl Finding {
    /// About anything but jobs.
    pub fn new(
        level: Level,
        about: &'static str,
        runbook: &'static str,
        text: impl Into<String>,
    ) -> Self {
        Self {
            level,
            about,
            text: text.into(),
            runbook,
            jobs: None,
        }
    }

    /// The same, with the jobs of a queue that it is about.
    #[must_use]
    pub fn with_jobs(self, state: &'static str, queue: &str) -> Self {
        let queue = queue.to_owned();
        Self {
            jobs: Some(Concerned { state, queue }),
            ..self
        }
    }
}
