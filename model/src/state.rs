//! A state of the model: the rows in Postgres, the memory of the workers, the remaining faults, and
//! observations for the properties.

use crate::outcome::Outcome;
use crate::scope::{Budget, Scope};

/// The whole state.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The committed rows.
    pub db: Db,
    /// Older versions, oldest first, one before each commit that did not wait for the disk. A crash of
    /// Postgres may restore any of them: the log is lost from some point on.
    pub unsynced: Vec<Db>,
    /// The claim of each runner.
    pub runners: Vec<Option<Held>>,
    pub left: Budget,
    pub observed: Observations,
}

/// The rows in Postgres.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Db {
    pub jobs: Vec<Job>,
}

/// A job, and its rows in other tables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Job {
    pub row: Row,
    pub journal: Vec<Entry>,
    /// How often its result was written.
    pub applied: u8,
    /// How often the next job was enqueued.
    pub enqueued: u8,
}

/// The relevant columns of `jobs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    pub state: JobState,
    pub attempt: u8,
    pub fence: u8,
    /// The process that claimed it. Empty while the row is queued, unlike the real column, which is not
    /// read then.
    pub worker: Option<u8>,
    pub cancel_requested: bool,
    /// Whether a dead job was given up with attempts left.
    pub given_up: bool,
}

/// The state of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Not enqueued yet: the previous job does that.
    Absent,
    Queued,
    Running,
    Done,
    Dead,
    Cancelled,
}

/// A row of the journal of paid calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    pub state: Call,
    /// Whether it was ever recorded as unknown; a late answer does not reset this.
    pub doubted: bool,
}

/// The state of a call in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Intended,
    Unknown,
    Answered,
}

/// The claim in the memory of a runner. A kill erases it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Held {
    pub job: usize,
    pub fence: u8,
    pub attempt: u8,
    pub step: Step,
    /// Whether the row is still under this claim. No worker can know; it is stored here to check the
    /// guards, which must detect it.
    pub current: bool,
}

/// The progress of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Before reading the journal.
    Begun,
    /// Has read the journal, and will act on that ([`crate::Fault::LooksBeforeItLocks`]).
    Looked(JournalView),
    /// The intent is in the journal; the call is next.
    Intended(usize),
    /// The call is paid and answered; the answer is only in memory.
    Answered(usize),
    /// Ready to write the result.
    Ready,
    /// The result was written, the job is not closed ([`crate::Fault::AppliesBeforeClosing`]).
    Applied,
    /// The job is closed, something is still to be written ([`crate::Fault::AppliesAfterClosing`],
    /// [`crate::Fault::EnqueuesAfterClosing`]).
    Closed,
    /// The attempt has failed, or no attempt is left: only the outcome is to be written.
    Failed,
    /// Too many calls are unknown: the job is to be given up.
    Hopeless,
    /// An operator had cancelled the job before it was claimed.
    Unwanted,
    /// The outcome was committed but the reply was lost: it is written again.
    Ending(Outcome),
}

/// The state of the journal before a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JournalView {
    Nothing,
    Answer,
    Open(usize),
    TooManyUnknown,
}

/// What the checker records besides the state of the system, for the properties.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Observations {
    /// Calls paid, for each job.
    pub paid: Vec<u8>,
    /// A guard has accepted a write whose claim had ended.
    pub trespass: bool,
    /// A live worker has dropped a paid answer.
    pub wasted: bool,
    /// An intent was written although there was an answer.
    pub late_intent: bool,
    /// A call was made although there was an answer.
    pub late_call: bool,
}

impl State {
    /// The initial state.
    pub fn at_first(scope: &Scope) -> Self {
        let jobs = (0..scope.jobs.len())
            .map(|job| Job::at_first(scope.chained && job > 0))
            .collect();
        Self {
            db: Db { jobs },
            unsynced: Vec::new(),
            runners: vec![None; scope.runners.len()],
            left: scope.budget,
            observed: Observations {
                paid: vec![0; scope.jobs.len()],
                trespass: false,
                wasted: false,
                late_intent: false,
                late_call: false,
            },
        }
    }

    /// Updates which claims have ended, and drops versions that no crash can restore any more.
    pub(crate) fn settle(&mut self, scope: &Scope) {
        for (held, worker) in self.runners.iter_mut().zip(&scope.runners) {
            if let Some(held) = held {
                let row = &self.db.jobs[held.job].row;
                held.current &= row.state == JobState::Running
                    && row.fence == held.fence
                    && row.worker == Some(*worker);
            }
        }
        if self.left.crashes == 0 {
            self.unsynced.clear();
        }
    }

    /// Whether a runner holds the current claim of a job.
    pub fn is_kept(&self, job: usize) -> bool {
        self.runners
            .iter()
            .flatten()
            .any(|held| held.job == job && held.current)
    }

    /// Whether two runners hold claims of one job with the same fence.
    pub fn has_twin_claims(&self) -> bool {
        let held: Vec<_> = self.runners.iter().flatten().collect();
        held.iter().enumerate().any(|(i, one)| {
            held[i + 1..]
                .iter()
                .any(|other| one.job == other.job && one.fence == other.fence)
        })
    }

    /// Whether every job has ended or was never enqueued.
    pub fn is_over(&self) -> bool {
        self.db
            .jobs
            .iter()
            .all(|job| job.row.has_ended() || job.row.state == JobState::Absent)
    }
}

impl Job {
    fn at_first(absent: bool) -> Self {
        let state = if absent {
            JobState::Absent
        } else {
            JobState::Queued
        };
        Self {
            row: Row {
                state,
                attempt: 0,
                fence: 0,
                worker: None,
                cancel_requested: false,
                given_up: false,
            },
            journal: Vec::new(),
            applied: 0,
            enqueued: 0,
        }
    }
}

impl Row {
    /// Whether the job has ended.
    pub fn has_ended(&self) -> bool {
        matches!(
            self.state,
            JobState::Done | JobState::Dead | JobState::Cancelled
        )
    }
}
