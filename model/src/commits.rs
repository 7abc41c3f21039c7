//! How transactions end, for the database and for the hand that waits for it.

use crate::action::Reply;
use crate::state::{Db, State, Step};

impl State {
    /// A commit that waits for the disk, and with it for everything before it.
    pub(crate) fn commit(&mut self) {
        self.unsynced.clear();
    }

    /// A commit that does not (`synchronous_commit = off`).
    pub(crate) fn commit_lazily(&mut self, before: Db) {
        self.unsynced.push(before);
    }

    pub(crate) fn crash(&mut self, kept: usize) -> Option<()> {
        self.left.crashes -= 1;
        self.db = self.unsynced.get(kept)?.clone();
        self.unsynced.clear();
        Some(())
    }

    pub(crate) fn goes_on(&mut self, hand: usize, step: Step) -> Option<()> {
        self.hands[hand].as_mut()?.step = step;
        Some(())
    }

    /// For transactions that write nothing.
    pub(crate) fn goes_on_if(&mut self, reply: Reply, hand: usize, step: Step) -> Option<()> {
        (reply == Reply::Heard).then_some(())?;
        self.goes_on(hand, step)
    }

    pub(crate) fn reply_lost(&mut self, hand: usize, step: Step) -> Option<()> {
        self.left.lost_replies -= 1;
        self.goes_on(hand, step)
    }

    /// `LedgerError::LeaseLost`: everything is rolled back and the attempt ends. An answer that
    /// does not come is asked for again, so this is always heard in the end.
    pub(crate) fn lease_lost(&mut self, hand: usize, reply: Reply) -> Option<()> {
        (reply == Reply::Heard).then_some(())?;
        self.hands[hand] = None;
        Some(())
    }
}
