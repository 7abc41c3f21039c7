//! The end of transactions, for the database and for the runner that waits for it.

use crate::action::Reply;
use crate::state::{Db, State, Step};

impl State {
    /// A commit that waits for the disk, which also flushes all commits before it.
    pub(crate) fn commit(&mut self) {
        self.unsynced.clear();
    }

    /// A commit that does not wait for the disk (`synchronous_commit = off`).
    pub(crate) fn commit_lazily(&mut self, before: Db) {
        self.unsynced.push(before);
    }

    pub(crate) fn crash(&mut self, kept: usize) -> Option<()> {
        self.left.crashes -= 1;
        self.db = self.unsynced.get(kept)?.clone();
        self.unsynced.clear();
        Some(())
    }

    pub(crate) fn goes_on(&mut self, runner: usize, step: Step) -> Option<()> {
        self.runners[runner].as_mut()?.step = step;
        Some(())
    }

    /// For transactions that write nothing.
    pub(crate) fn goes_on_if(&mut self, reply: Reply, runner: usize, step: Step) -> Option<()> {
        (reply == Reply::Heard).then_some(())?;
        self.goes_on(runner, step)
    }

    pub(crate) fn reply_lost(&mut self, runner: usize, step: Step) -> Option<()> {
        self.left.lost_replies -= 1;
        self.goes_on(runner, step)
    }

    /// `LedgerError::LeaseLost`: the transaction is rolled back and the attempt ends. A lost reply
    /// leads to another try, so the worker always learns this in the end.
    pub(crate) fn lease_lost(&mut self, runner: usize, reply: Reply) -> Option<()> {
        (reply == Reply::Heard).then_some(())?;
        self.runners[runner] = None;
        Some(())
    }
}
