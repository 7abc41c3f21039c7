//! A state of the world: what Postgres holds, what the workers remember, what may still go wrong,
//! and what an onlooker has seen.

use crate::scope::{Budget, Scope};
use crate::verdict::Verdict;

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// What every transaction sees.
    pub db: Db,
    /// Older versions of it, oldest first, one before each commit that did not wait for the disk. A
    /// crash of Postgres may bring back any of them: the log is lost from some point on.
    pub unsynced: Vec<Db>,
    /// What each hand is at.
    pub hands: Vec<Option<Held>>,
    pub left: Budget,
    pub seen: Seen,
}

/// What is in Postgres.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Db {
    pub jobs: Vec<Job>,
}

/// A job, and the rows that belong to it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Job {
    pub row: Row,
    pub journal: Vec<Entry>,
    /// How often its result was written.
    pub applied: u8,
    /// How often the next job was enqueued.
    pub enqueued: u8,
}

/// The columns of `jobs` that matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    pub state: JobState,
    pub attempt: u8,
    pub fence: u8,
    /// The process that claimed it. Empty while the row is queued, which the real one is not, but
    /// nothing looks at it then.
    pub worker: Option<u8>,
    pub cancel_requested: bool,
    /// Whether a dead job was given up, with attempts left.
    pub given_up: bool,
}

/// Where a job is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// To be enqueued by the job before it.
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
    /// Whether it was ever recorded as unknown; a late answer does not take that back.
    pub doubted: bool,
}

/// What is known about a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    Intended,
    Unknown,
    Answered,
}

/// A hand's memory of the claim that it works on. A kill takes it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Held {
    pub job: usize,
    pub fence: u8,
    pub attempt: u8,
    pub step: Step,
    /// Whether the row is still under this very claim. No worker can know; it is kept here to judge
    /// the guards, which must find it out.
    pub current: bool,
}

/// How far an attempt has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Before the look into the journal.
    Begun,
    /// Has looked into the journal, and will act on what it saw ([`crate::Fault::LooksBeforeItLocks`]).
    Looked(Found),
    /// The intent stands in the journal; the call is next.
    Intended(usize),
    /// The call is paid and answered; the answer is in memory alone.
    Answered(usize),
    /// Everything is there for the result.
    Ready,
    /// The result was written, the job is not closed ([`crate::Fault::AppliesBeforeClosing`]).
    Applied,
    /// The job is closed, something is still to be written ([`crate::Fault::AppliesAfterClosing`],
    /// [`crate::Fault::EnqueuesAfterClosing`]).
    Closed,
    /// The attempt has failed, or there is none left: only its end is to be written down.
    Failed,
    /// Too many calls are unknown: the job is to be given up.
    Hopeless,
    /// An operator had cancelled the job before it was claimed.
    Unwanted,
    /// The end was written and nobody heard of it: the same again.
    Ending(Verdict),
}

/// What the journal says about a call that is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Found {
    Nothing,
    Answer,
    Open(usize),
    TooManyUnknown,
}

/// What an onlooker who sees everything has noted down.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Seen {
    /// Calls paid, for each job.
    pub paid: Vec<u8>,
    /// A guard let somebody pass whose claim was over.
    pub trespass: bool,
    /// A worker that was alive threw a paid answer away.
    pub wasted: bool,
    /// An intent was written although there was an answer.
    pub late_intent: bool,
    /// A call was made although there was an answer.
    pub late_call: bool,
}

impl State {
    /// Before anything has happened.
    pub fn at_first(scope: &Scope) -> Self {
        let jobs = (0..scope.jobs.len())
            .map(|job| Job::at_first(scope.chained && job > 0))
            .collect();
        Self {
            db: Db { jobs },
            unsynced: Vec::new(),
            hands: vec![None; scope.hands.len()],
            left: scope.budget,
            seen: Seen {
                paid: vec![0; scope.jobs.len()],
                trespass: false,
                wasted: false,
                late_intent: false,
                late_call: false,
            },
        }
    }

    /// Finds out which claims are over by now, and forgets what cannot matter any more.
    pub(crate) fn settle(&mut self, scope: &Scope) {
        for (held, worker) in self.hands.iter_mut().zip(&scope.hands) {
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

    /// Whether a hand works on a job under the claim that its row is under.
    pub fn is_kept(&self, job: usize) -> bool {
        self.hands
            .iter()
            .flatten()
            .any(|held| held.job == job && held.current)
    }

    /// Whether two hands hold claims of one job under the same number.
    pub fn has_twin_claims(&self) -> bool {
        let held: Vec<_> = self.hands.iter().flatten().collect();
        held.iter().enumerate().any(|(i, one)| {
            held[i + 1..]
                .iter()
                .any(|other| one.job == other.job && one.fence == other.fence)
        })
    }

    /// Whether every job has ended. A job that was never enqueued has nothing to end.
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
