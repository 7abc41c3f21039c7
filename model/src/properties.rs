//! The guaranteed properties, and the states that must be reachable.

use stateright::Property;

use crate::Protocol;
use crate::scope::{Kind, MAX_ATTEMPTS, MAX_UNKNOWN};
use crate::state::{Call, Job, JobState, State, Step};

type Condition = fn(&Protocol, &State) -> bool;

pub const ONCE: &str = "a result is applied at most once";
pub const WITH_NEXT: &str = "the next job is enqueued as often as the result is applied";
pub const DONE_HAS_RESULT: &str = "a job that is done has its result and its next job";
pub const OWN_ROW: &str = "a worker without the current claim never changes the row";
pub const ONE_HOLDER: &str = "a row is under the claim of at most one worker";
pub const PAID: &str = "calls are paid once, and once more for each that was recorded as unknown";
pub const UNKNOWN: &str = "no more calls are recorded as unknown than are allowed";
pub const ANSWERED: &str = "no call is intended after an answer is stored";
pub const ONE_ANSWER: &str = "at most one answer is stored";
pub const KEPT: &str = "no live worker drops a paid answer";
pub const ATTEMPTS: &str =
    "there are never more attempts than allowed, plus one to close the job as dead";
pub const NO_EXTRA_RUN: &str = "no handler runs after the last attempt";
pub const DEAD: &str = "a dead job has used its attempts or was given up";
pub const ENDS: &str = "every job ends";

const ALWAYS: [(&str, Condition); 13] = [
    (ONCE, |_, s| each(s, |job| job.applied <= 1)),
    (WITH_NEXT, |_, s| each(s, |job| job.applied == job.enqueued)),
    (DONE_HAS_RESULT, done_has_result),
    (OWN_ROW, |_, s| !s.observed.trespass),
    (ONE_HOLDER, one_holder),
    (PAID, |_, s| paid(s, |job| 1 + job.doubted())),
    (UNKNOWN, |_, s| each(s, |job| job.doubted() <= MAX_UNKNOWN)),
    (ANSWERED, |_, s| !s.observed.late_intent),
    (ONE_ANSWER, |_, s| {
        each(s, |job| count(job, Call::Answered) <= 1)
    }),
    (KEPT, |_, s| !s.observed.wasted),
    (ATTEMPTS, |_, s| {
        each(s, |job| job.row.attempt <= MAX_ATTEMPTS + 1)
    }),
    (NO_EXTRA_RUN, no_extra_run),
    (DEAD, |_, s| each(s, dead_has_a_reason)),
];

pub const LATE_CALL: &str = "no call is made after an answer is stored";
pub const STANDS_UNKNOWN: &str = "calls are paid once, and once more for each that stands unknown";

/// Plausible properties that do not hold. No protocol of this kind can guarantee the first: between
/// the intent and the call a worker may be paused for any time, and the vendor does not check the
/// claim. The second ignores that a late answer changes the state of an unknown call.
pub const BEYOND: [(&str, Condition); 2] = [
    (LATE_CALL, |_, s| !s.observed.late_call),
    (STANDS_UNKNOWN, |_, s| {
        paid(s, |job| 1 + count(job, Call::Unknown))
    }),
];

/// The properties of a protocol. The "sometimes" properties prove that the scope is large enough: an
/// event that never happens cannot violate a property.
pub fn of(protocol: &Protocol) -> Vec<Property<Protocol>> {
    let always = |(name, condition): &(&'static str, Condition)| Property::always(name, *condition);
    let mut all: Vec<_> = ALWAYS.iter().map(always).collect();
    if protocol.beyond {
        all.extend(BEYOND.iter().map(always));
    }
    // Sound here although the checker ignores cycles and joins paths: there are no cycles (a test
    // checks that), and ended jobs stay ended, so that it does not matter on which path a state was
    // reached first.
    all.push(Property::eventually(ENDS, |_, s: &State| s.is_over()));
    all.extend(possible(protocol));
    all
}

fn possible(protocol: &Protocol) -> Vec<Property<Protocol>> {
    let mut all = vec![
        Property::sometimes("a job is done", |_, s| some(s, JobState::Done)),
        Property::sometimes("a job dies", |_, s| some(s, JobState::Dead)),
    ];
    let budget = &protocol.scope.budget;
    if budget.cancels > 0 {
        all.push(Property::sometimes("a job is cancelled", |_, s| {
            some(s, JobState::Cancelled)
        }));
    }
    if budget.crashes > 0 {
        all.push(Property::sometimes(
            "a fence is issued twice",
            |_, s: &State| s.has_twin_claims(),
        ));
    }
    if protocol.scope.jobs.contains(&Kind::Paid) {
        all.push(Property::sometimes(
            "a call is made again",
            |_, s: &State| s.observed.paid.iter().any(|paid| *paid > 1),
        ));
        all.push(Property::sometimes("a late answer is stored", |_, s| {
            !each(s, |job| {
                !job.journal
                    .iter()
                    .any(|it| it.doubted && it.state == Call::Answered)
            })
        }));
    }
    all
}

fn each(state: &State, condition: impl Fn(&Job) -> bool) -> bool {
    state.db.jobs.iter().all(condition)
}

fn some(state: &State, of: JobState) -> bool {
    state.db.jobs.iter().any(|job| job.row.state == of)
}

fn count(job: &Job, of: Call) -> u8 {
    let entries = job.journal.iter().filter(|it| it.state == of).count();
    u8::try_from(entries).unwrap_or(u8::MAX)
}

fn paid(state: &State, at_most: impl Fn(&Job) -> u8) -> bool {
    let jobs = state.db.jobs.iter().zip(&state.observed.paid);
    jobs.into_iter().all(|(job, paid)| *paid <= at_most(job))
}

/// Only checked once no runner works on the job: then the result cannot follow any more.
fn done_has_result(_: &Protocol, state: &State) -> bool {
    state.db.jobs.iter().enumerate().all(|(number, job)| {
        let at_work = state
            .runners
            .iter()
            .flatten()
            .any(|held| held.job == number);
        job.row.state != JobState::Done || at_work || (job.applied, job.enqueued) == (1, 1)
    })
}

fn one_holder(_: &Protocol, state: &State) -> bool {
    (0..state.db.jobs.len()).all(|job| {
        let held = state.runners.iter().flatten();
        held.filter(|held| held.job == job && held.current).count() <= 1
    })
}

fn no_extra_run(_: &Protocol, state: &State) -> bool {
    let mut held = state.runners.iter().flatten();
    held.all(|held| {
        held.attempt <= MAX_ATTEMPTS
            || matches!(held.step, Step::Failed | Step::Unwanted | Step::Ending(_))
    })
}

fn dead_has_a_reason(job: &Job) -> bool {
    job.row.state != JobState::Dead || job.row.attempt >= MAX_ATTEMPTS || job.row.given_up
}
