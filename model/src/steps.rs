//! The effect of each action on the state. `None`: the action is impossible here.

use crate::Protocol;
use crate::action::{Action, Reply};
use crate::ledger::Guard;
use crate::outcome::Outcome;
use crate::scope::{Fault, MAX_ATTEMPTS};
use crate::state::{Db, Held, State, Step};

/// The writer of a transaction, which selects its guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writer {
    Completion,
    Keeper,
    Other,
}

impl Protocol {
    pub(crate) fn step(&self, state: &mut State, action: Action) -> Option<()> {
        match action {
            Action::Claim { runner, job, reply } => self.claim(state, runner, job, reply),
            Action::ReadJournal { runner } => self.read_journal(state, runner),
            Action::Intend { runner, reply } => self.intend(state, runner, reply),
            Action::Call { runner, answered } => self.call(state, runner, answered),
            Action::Store { runner, reply } => self.store(state, runner, reply),
            Action::Apply { runner } => self.apply(state, runner),
            Action::Close {
                runner,
                outcome,
                reply,
            } => self.close(state, runner, outcome, reply),
            Action::Renew { runner } => self.renew(state, runner),
            Action::Rescue { job } => self.rescue(state, job),
            Action::Cancel { job } => self.cancel(state, job),
            Action::Kill { process } => self.kill(state, process),
            Action::Crash { kept } => state.crash(kept),
        }
    }

    fn claim(&self, state: &mut State, runner: usize, job: usize, reply: Reply) -> Option<()> {
        let attempts_max = if self.has(Fault::CountsAttemptsForEver) {
            u8::MAX
        } else {
            MAX_ATTEMPTS + 1
        };
        let before = state.db.clone();
        let row = &mut state.db.jobs[job].row;
        row.claim(self.scope.runners[runner], attempts_max);
        let held = Held {
            job,
            fence: row.fence,
            attempt: row.attempt,
            step: self.first_step(job, row),
            current: true,
        };
        state.commit_lazily(before);
        match reply {
            Reply::Heard => state.runners[runner] = Some(held),
            // The row is running, but no runner holds it: its lease will expire.
            Reply::Lost => state.left.lost_replies -= 1,
        }
        Some(())
    }

    /// The separate transactions of the broken variants.
    fn apply(&self, state: &mut State, runner: usize) -> Option<()> {
        let held = state.runners[runner]?;
        let before_closing = held.step == Step::Ready;
        if before_closing && !self.passes(state, runner, Writer::Other)? {
            return state.lease_lost(runner, Reply::Heard);
        }
        if !self.has(Fault::EnqueuesAfterClosing) {
            state.db.jobs[held.job].applied += 1;
        }
        state.db.enqueue_after(held.job);
        state.commit();
        if before_closing {
            return state.goes_on(runner, Step::Applied);
        }
        state.runners[runner] = None;
        Some(())
    }

    fn close(
        &self,
        state: &mut State,
        runner: usize,
        outcome: Outcome,
        reply: Reply,
    ) -> Option<()> {
        let held = state.runners[runner]?;
        let writer = if outcome == Outcome::Done {
            Writer::Completion
        } else {
            Writer::Other
        };
        if !self.passes(state, runner, writer)? {
            return state.lease_lost(runner, reply);
        }
        state.db.jobs[held.job].row.end_attempt(outcome);
        if outcome == Outcome::Done {
            self.write_result(&mut state.db, &held);
        }
        if outcome == Outcome::Snoozed {
            state.left.snoozes -= 1;
        }
        state.commit();
        if reply == Reply::Lost {
            // The worker tries again, and must detect that the lease is lost.
            return state.reply_lost(runner, Step::Ending(outcome));
        }
        let has_more = outcome == Outcome::Done
            && (self.has(Fault::AppliesAfterClosing) || self.has(Fault::EnqueuesAfterClosing));
        state.runners[runner] = has_more.then_some(Held {
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
    fn renew(&self, state: &mut State, runner: usize) -> Option<()> {
        let held = state.runners[runner]?;
        let noted = state.observed.trespass;
        if self.passes(state, runner, Writer::Keeper)? {
            return (state.observed.trespass && !noted).then_some(());
        }
        state.observed.wasted |= matches!(held.step, Step::Answered(_));
        state.runners[runner] = None;
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
        for (held, of) in state.runners.iter_mut().zip(&self.scope.runners) {
            if *of == process {
                *held = None;
            }
        }
        Some(())
    }

    /// Whether a guarded write matches its row; records a match of a claim that has ended.
    pub(crate) fn passes(&self, state: &mut State, runner: usize, writer: Writer) -> Option<bool> {
        let held = state.runners[runner]?;
        let guard = match (self.fault, writer) {
            (Some(Fault::RenewsWithoutWorker), Writer::Keeper) => Guard::WithoutWorker,
            (Some(Fault::GuardsWithoutWorker), Writer::Keeper) => Guard::Full,
            (Some(Fault::GuardsWithoutWorker), _) => Guard::WithoutWorker,
            (Some(Fault::CompletesWithoutFence), Writer::Completion) => Guard::StateAlone,
            (Some(Fault::CompletesWithoutGuard), Writer::Completion) => Guard::Nothing,
            _ => Guard::Full,
        };
        let row = &state.db.jobs[held.job].row;
        let passes = guard.finds(row, &held, self.scope.runners[runner]);
        state.observed.trespass |= passes && !held.current;
        Some(passes)
    }
}
