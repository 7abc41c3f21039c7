//! A call that costs money, step by step: `pay_once` of `worker/src/ai/paid.rs`.

use crate::Protocol;
use crate::action::Reply;
use crate::scope::{Fault, MAX_UNKNOWN};
use crate::state::{Found, Job, State, Step};
use crate::steps::Writer;

impl Protocol {
    pub(crate) fn look(&self, state: &mut State, hand: usize) -> Option<()> {
        let held = state.hands[hand]?;
        if !self.passes(state, hand, Writer::Other)? {
            return state.lease_lost(hand, Reply::Heard);
        }
        let found = self.found(&state.db.jobs[held.job]);
        state.goes_on(hand, Step::Looked(found))
    }

    /// Look and intent in one transaction, unless a fault says otherwise.
    pub(crate) fn intend(&self, state: &mut State, hand: usize, reply: Reply) -> Option<()> {
        let held = state.hands[hand]?;
        let job = held.job;
        let found = match held.step {
            Step::Looked(found) => found,
            _ => self.found(&state.db.jobs[job]),
        };
        match found {
            // Nothing is written here, so there is no commit whose answer could be lost.
            Found::Answer => return state.goes_on_if(reply, hand, Step::Ready),
            Found::TooManyUnknown => return state.goes_on_if(reply, hand, Step::Hopeless),
            Found::Nothing | Found::Open(_) => {}
        }
        if self.has(Fault::CallsWithoutIntent) {
            let nowhere = state.db.jobs[job].journal.len();
            return state.goes_on_if(reply, hand, Step::Intended(nowhere));
        }
        if !self.passes(state, hand, Writer::Other)? {
            return state.lease_lost(hand, reply);
        }
        let before = state.db.clone();
        state.seen.late_intent |= state.db.jobs[job].is_answered();
        let entry = state.db.jobs[job].intend(found);
        if self.has(Fault::IntendsLazily) {
            state.commit_lazily(before);
        } else {
            state.commit();
        }
        match reply {
            Reply::Heard => state.goes_on(hand, Step::Intended(entry)),
            // Its own intent looks to it like that of a dead worker, and is counted as such.
            Reply::Lost => state.reply_lost(hand, Step::Begun),
        }
    }

    fn found(&self, job: &Job) -> Found {
        let unknown_max = if self.has(Fault::AsksWithoutLimit) {
            u8::MAX
        } else {
            MAX_UNKNOWN
        };
        job.look(unknown_max)
    }

    pub(crate) fn call(&self, state: &mut State, hand: usize, answered: bool) -> Option<()> {
        let held = state.hands[hand]?;
        let Step::Intended(entry) = held.step else {
            return None;
        };
        state.seen.paid[held.job] += 1;
        // Only noted where somebody asks: it would double the states.
        state.seen.late_call |= self.beyond && state.db.jobs[held.job].is_answered();
        let next = if answered {
            Step::Answered(entry)
        } else {
            Step::Failed
        };
        state.goes_on(hand, next)
    }

    pub(crate) fn store(&self, state: &mut State, hand: usize, reply: Reply) -> Option<()> {
        let held = state.hands[hand]?;
        let Step::Answered(entry) = held.step else {
            return None;
        };
        if self.has(Fault::GuardsTheAnswer) && !self.passes(state, hand, Writer::Other)? {
            state.seen.wasted = true;
            return state.lease_lost(hand, reply);
        }
        state.db.jobs[held.job].store(entry);
        state.commit();
        match reply {
            Reply::Heard => state.goes_on(hand, Step::Ready),
            Reply::Lost => state.reply_lost(hand, held.step),
        }
    }
}
