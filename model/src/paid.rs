//! A paid call, step by step: `pay_once` of `worker/src/ai/paid.rs`.

use crate::Protocol;
use crate::action::Reply;
use crate::scope::{Fault, MAX_UNKNOWN};
use crate::state::{Job, JournalView, State, Step};
use crate::steps::Writer;

impl Protocol {
    pub(crate) fn read_journal(&self, state: &mut State, runner: usize) -> Option<()> {
        let held = state.runners[runner]?;
        if !self.passes(state, runner, Writer::Other)? {
            return state.lease_lost(runner, Reply::Heard);
        }
        let view = self.journal_view(&state.db.jobs[held.job]);
        state.goes_on(runner, Step::Looked(view))
    }

    /// Reads the journal and writes the intent in one transaction, except with a fault.
    pub(crate) fn intend(&self, state: &mut State, runner: usize, reply: Reply) -> Option<()> {
        let held = state.runners[runner]?;
        let job = held.job;
        let view = match held.step {
            Step::Looked(view) => view,
            _ => self.journal_view(&state.db.jobs[job]),
        };
        match view {
            // Nothing is written here, so there is no commit whose reply could be lost.
            JournalView::Answer => return state.goes_on_if(reply, runner, Step::Ready),
            JournalView::TooManyUnknown => return state.goes_on_if(reply, runner, Step::Hopeless),
            JournalView::Nothing | JournalView::Open(_) => {}
        }
        if self.has(Fault::CallsWithoutIntent) {
            let nowhere = state.db.jobs[job].journal.len();
            return state.goes_on_if(reply, runner, Step::Intended(nowhere));
        }
        if !self.passes(state, runner, Writer::Other)? {
            return state.lease_lost(runner, reply);
        }
        let before = state.db.clone();
        state.observed.late_intent |= state.db.jobs[job].is_answered();
        let entry = state.db.jobs[job].intend(view);
        if self.has(Fault::IntendsLazily) {
            state.commit_lazily(before);
        } else {
            state.commit();
        }
        match reply {
            Reply::Heard => state.goes_on(runner, Step::Intended(entry)),
            // It takes its own intent for that of a dead worker, and counts it as such.
            Reply::Lost => state.reply_lost(runner, Step::Begun),
        }
    }

    fn journal_view(&self, job: &Job) -> JournalView {
        let unknown_max = if self.has(Fault::AsksWithoutLimit) {
            u8::MAX
        } else {
            MAX_UNKNOWN
        };
        job.view(unknown_max)
    }

    pub(crate) fn call(&self, state: &mut State, runner: usize, answered: bool) -> Option<()> {
        let held = state.runners[runner]?;
        let Step::Intended(entry) = held.step else {
            return None;
        };
        state.observed.paid[held.job] += 1;
        // Only recorded where a property needs it: it would double the states.
        state.observed.late_call |= self.beyond && state.db.jobs[held.job].is_answered();
        let next = if answered {
            Step::Answered(entry)
        } else {
            Step::Failed
        };
        state.goes_on(runner, next)
    }

    pub(crate) fn store(&self, state: &mut State, runner: usize, reply: Reply) -> Option<()> {
        let held = state.runners[runner]?;
        let Step::Answered(entry) = held.step else {
            return None;
        };
        if self.has(Fault::GuardsTheAnswer) && !self.passes(state, runner, Writer::Other)? {
            state.observed.wasted = true;
            return state.lease_lost(runner, reply);
        }
        state.db.jobs[held.job].store(entry);
        state.commit();
        match reply {
            Reply::Heard => state.goes_on(runner, Step::Ready),
            Reply::Lost => state.reply_lost(runner, held.step),
        }
    }
}
