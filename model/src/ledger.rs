//! The table of jobs: one function for each transaction of `shared/jobs/src/claims.rs` and
//! `ledger.rs`, without its guard.

use crate::scope::MAX_ATTEMPTS;
use crate::state::{Db, Held, JobState, Row};
use crate::verdict::Verdict;

/// What a write asks of the row. The protocol knows only the first; the others are mistakes.
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
    /// Whether the write finds its row.
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
    /// `claims::claim`. `attempts_max` bounds the count: an attempt above `MAX_ATTEMPTS` says that
    /// the job is to be buried, and a second one would say nothing more.
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

    /// Writes down how an attempt ended.
    pub fn end_attempt(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Done => self.close(JobState::Done),
            Verdict::Failed if self.attempt >= MAX_ATTEMPTS => self.close(JobState::Dead),
            Verdict::Failed => self.put_back(),
            Verdict::GivenUp => {
                self.given_up = self.attempt < MAX_ATTEMPTS;
                self.close(JobState::Dead);
            }
            Verdict::Snoozed => {
                self.attempt -= 1;
                self.put_back();
            }
            Verdict::Cancelled => self.close(JobState::Cancelled),
        }
    }
}

impl Db {
    /// The next job, which is a row of the same table.
    pub fn enqueue_after(&mut self, job: usize) {
        self.jobs[job].enqueued += 1;
        if let Some(next) = self.jobs.get_mut(job + 1)
            && next.row.state == JobState::Absent
        {
            next.row.state = JobState::Queued;
        }
    }
}
