//! The protocol as it is meant to be keeps every promise.

use model::{Protocol, Scope};
use stateright::Checker;

use super::exploring::{explore, has_cycle};

#[test]
fn a_job_with_a_paid_call_keeps_its_promises_through_kills_pauses_and_crashes() {
    explore(Protocol::kept(Scope::paid())).assert_properties();
}

#[test]
fn a_job_that_an_operator_cancels_keeps_its_promises() {
    explore(Protocol::kept(Scope::cancelled())).assert_properties();
}

#[test]
fn two_jobs_whose_claims_are_lost_in_part_keep_their_promises() {
    explore(Protocol::kept(Scope::pair())).assert_properties();
}

#[test]
fn a_job_and_the_one_that_it_enqueues_keep_their_promises() {
    explore(Protocol::kept(Scope::chain())).assert_properties();
}

/// What "every job ends" stands on: the checker does not follow cycles.
#[test]
fn nothing_goes_round_in_a_circle() {
    for scope in [Scope::cancelled(), Scope::pair()] {
        assert!(!has_cycle(&Protocol::kept(scope)));
    }
}
