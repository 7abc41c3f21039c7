//! Where the protocol ends: what it cannot promise, and what its readers should not believe.

use model::{Protocol, Scope, properties};

use stateright::Checker;

use super::exploring::{broken, counterexample, explore};

fn asked_for_more() -> Protocol {
    Protocol {
        beyond: true,
        ..Protocol::kept(Scope::paid())
    }
}

/// The lease cannot be asked and the call made in one step. Only the vendor could refuse the call,
/// if it knew an idempotency key.
#[test]
fn a_worker_that_sleeps_between_intent_and_call_pays_for_what_another_has_answered() {
    counterexample(&asked_for_more(), properties::LATE_CALL);
}

/// A late answer takes the entry out of the unknown ones. Whoever counts what may have been paid for
/// nothing must count the calls that were ever unknown, or the answered ones beside them.
#[test]
fn counting_the_calls_that_stand_unknown_now_misses_those_with_a_late_answer() {
    counterexample(&asked_for_more(), properties::STANDS_UNKNOWN);
}

/// A crash of Postgres takes a claim back, the same process claims the job again, and gets the same
/// fence under the same name. No guard can tell the two claims apart; that its older handler stops
/// is up to the process. Results and payments are safe all the same.
#[test]
fn two_claims_of_one_process_can_be_told_apart_by_nobody_and_still_nothing_is_done_twice() {
    let checker = explore(Protocol::kept(Scope::one_process()));
    assert_eq!(broken(&checker), [properties::OWN_ROW].into());
    counterexample(checker.model(), properties::OWN_ROW);
}
