//! What each action does to the world. `None` says that it cannot happen here.

use crate::Protocol;
use crate::action::{Action, Reply};
use crate::ledger::Guard;
use crate::scope::{Fault, MAX_ATTEMPTS};
use crate::state::{Db, Held, State, Step};
use crate::verdict::Verdict;

/// Who writes, for the choice of its guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    Completion,
    Keeper,
    Other,
}

impl Protocol {
    pub(crate) fn step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Claim { hand, job, reply } => self.claim(state, hand, job, reply),
            Action::Look { hand } => self.look(state, hand),
            Action::Intend { hand, reply } => self.intend(state, hand, reply),
            Action::Call { hand, answered } => self.call(state, hand, answered),
            Action::Store { hand, reply } => self.store(state, hand, reply),
            Action::Apply { hand } => self.apply(state, hand),
            Action::Close {
                hand,
                verdict,
                reply,
            } => self.close(state, hand, verdict, reply),
            Action::Renew { hand } => self.renew(state, hand),
            Action::Rescue { job } => self.rescue(state, job),
            Action::Cancel { job } => self.cancel(state, job),
            Action::Kill { process } => self.kill(state, process),
            Action::Crash { kept } => state.crash(kept),
        }
    }

    fn claim(&self, state: &mut State, hand: usize, job: usize, reply: Reply) -> Option<()> {
        let attempts_max = if self.has(Fault::CountsAttemptsForEver) {
            u8::MAX
        } else {
            MAX_ATTEMPTS + 1
        };
        let before = state.db.clone();
        let row = &mut state.db.jobs[job].row;
        row.claim(self.scope.hands[hand], attempts_max);
        let held = Held {
            job,
            fence: row.fence,
            attempt: row.attempt,
            step: self.first_step(job, row),
            current: true,
        };
        state.commit_lazily(before);
        match reply {
            Reply::Heard => state.hands[hand] = Some(held),
            // The row is running, and nobody knows it: its lease will end.
            Reply::Lost => state.left.lost_replies -= 1,
        }
        Some(())
    }

    /// The transactions that should not be: they exist in the broken variants alone.
    fn apply(&self, state: &mut State, hand: usize) -> Option<()> {
        let held = state.hands[hand]?;
        let before_closing = held.step == Step::Ready;
        if before_closing && !self.passes(state, hand, Writer::Other)? {
            return state.lease_lost(hand, Reply::Heard);
        }
        if !self.has(Fault::EnqueuesAfterClosing) {
            state.db.jobs[held.job].applied += 1;
        }
        state.db.enqueue_after(held.job);
        state.commit();
        if before_closing {
            return state.goes_on(hand, Step::Applied);
        }
        state.hands[hand] = None;
        Some(())
    }

    fn close(&self, state: &mut State, hand: usize, verdict: Verdict, reply: Reply) -> Option<()> {
        let held = state.hands[hand]?;
        let writer = if verdict == Verdict::Done {
            Writer::Completion
        } else {
            Writer::Other
        };
        if !self.passes(state, hand, writer)? {
            return state.lease_lost(hand, reply);
        }
        state.db.jobs[held.job].row.end_attempt(verdict);
        if verdict == Verdict::Done {
            self.write_result(&mut state.db, &held);
        }
        if verdict == Verdict::Snoozed {
            state.left.snoozes -= 1;
        }
        state.commit();
        if reply == Reply::Lost {
            // The worker tries again, and must find that the lease is lost.
            return state.reply_lost(hand, Step::Ending(verdict));
        }
        let has_more = verdict == Verdict::Done
            && (self.has(Fault::AppliesAfterClosing) || self.has(Fault::EnqueuesAfterClosing));
        state.hands[hand] = has_more.then_some(Held {
            step: Step::Closed,
            ..held
        });
        Some(())
    }

    /// What the completion writes besides the state of its row.
    fn write_result(&self, db: &mut Db, held: &Held) {
        if held.step == Step::Applied || self.has(Fault::AppliesAfterClosing) {
            return;
        }
        db.jobs[held.job].applied += 1;
        if !self.has(Fault::EnqueuesAfterClosing) {
            db.enqueue_after(held.job);
        }
    }

    /// The keeper finds a lease lost, and the attempt is dropped.
    fn renew(&self, state: &mut State, hand: usize) -> Option<()> {
        let held = state.hands[hand]?;
        let noted = state.seen.trespass;
        if self.passes(state, hand, Writer::Keeper)? {
            return (state.seen.trespass && !noted).then_some(());
        }
        state.seen.wasted |= matches!(held.step, Step::Answered(_));
        state.hands[hand] = None;
        Some(())
    }

    fn cancel(&self, state: &mut State, job: usize) -> Option<()> {
        state.left.cancels -= 1;
        state.db.jobs[job].row.cancel_requested = true;
        state.commit();
        Some(())
    }

    fn rescue(&self, state: &mut State, job: usize) -> Option<()> {
        if state.is_kept(job) {
            state.left.expiries -= 1;
        }
        state.db.jobs[job].row.put_back();
        state.commit();
        Some(())
    }

    fn kill(&self, state: &mut State, process: u8) -> Option<()> {
        state.left.kills -= 1;
        for (held, of) in state.hands.iter_mut().zip(&self.scope.hands) {
            if *of == process {
                *held = None;
            }
        }
        Some(())
    }

    /// Whether a guarded write finds its row; it is noted if it should not have.
    pub(crate) fn passes(&self, state: &mut State, hand: usize, writer: Writer) -> Option<bool> {
        let held = state.hands[hand]?;
        let guard = match (self.fault, writer) {
            (Some(Fault::RenewsWithoutWorker), Writer::Keeper) => Guard::WithoutWorker,
            (Some(Fault::GuardsWithoutWorker), Writer::Keeper) => Guard::Full,
            (Some(Fault::GuardsWithoutWorker), _) => Guard::WithoutWorker,
            (Some(Fault::CompletesWithoutFence), Writer::Completion) => Guard::StateAlone,
            (Some(Fault::CompletesWithoutGuard), Writer::Completion) => Guard::Nothing,
            _ => Guard::Full,
        };
        let row = &state.db.jobs[held.job].row;
        let passes = guard.finds(row, &held, self.scope.hands[hand]);
        state.seen.trespass |= passes && !held.current;
        Some(passes)
    }
}
