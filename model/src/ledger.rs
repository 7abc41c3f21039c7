//! The table of jobs: one function for each transaction of `shared/jobs/src/claims.rs` and
//! `ledger.rs`, without its guard.

use crate::outcome::Outcome;
use crate::scope::MAX_ATTEMPTS;
use crate::state::{Db, Held, JobState, Row};

/// The condition of a write on its row. The correct protocol only uses the first; the others are
/// faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// `fence = mine AND worker = me AND state = 'running'`
    Full,
    /// `fence = mine AND state = 'running'`
    WithoutWorker,
    /// `state = 'running'`
    StateAlone,
    Nothing,
}

impl Guard {
    /// Whether the write matches the row.
    pub fn finds(self, row: &Row, held: &Held, worker: u8) -> bool {
        let is_running = row.state == JobState::Running;
        let has_fence = row.fence == held.fence;
        match self {
            Self::Full => is_running && has_fence && row.worker == Some(worker),
            Self::WithoutWorker => is_running && has_fence,
            Self::StateAlone => is_running,
            Self::Nothing => true,
        }
    }
}

impl Row {
    /// `claims::claim`. `attempts_max` bounds the count: an attempt above `MAX_ATTEMPTS` means
    /// that the job must be closed as dead, and a higher one means nothing more.
    pub fn claim(&mut self, worker: u8, attempts_max: u8) {
        self.state = JobState::Running;
        self.attempt = (self.attempt + 1).min(attempts_max);
        self.fence += 1;
        self.worker = Some(worker);
    }

    /// `claims::rescue`, and `ledger::put_back` with an error: the attempt stays spent.
    pub fn put_back(&mut self) {
        self.state = JobState::Queued;
        self.worker = None;
    }

    /// `ledger::close`.
    fn close(&mut self, state: JobState) {
        self.state = state;
        self.worker = None;
    }

    /// Writes the outcome of an attempt.
    pub fn end_attempt(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Done => self.close(JobState::Done),
            Outcome::Failed if self.attempt >= MAX_ATTEMPTS => self.close(JobState::Dead),
            Outcome::Failed => self.put_back(),
            Outcome::GivenUp => {
                self.given_up = self.attempt < MAX_ATTEMPTS;
                self.close(JobState::Dead);
            }
            Outcome::Snoozed => {
                self.attempt -= 1;
                self.put_back();
            }
            Outcome::Cancelled => self.close(JobState::Cancelled),
        }
    }
}

impl Db {
    /// Enqueues the next job, which is a row of the same table.
    pub fn enqueue_after(&mut self, job: usize) {
        self.jobs[job].enqueued += 1;
        if let Some(next) = self.jobs.get_mut(job + 1)
            && next.row.state == JobState::Absent
        {
            next.row.state = JobState::Queued;
        }
    }
}
