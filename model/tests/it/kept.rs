//! The correct protocol satisfies every property.

use model::{Protocol, Scope};
use stateright::Checker;

use super::exploring::{explore, has_cycle};

#[test]
fn a_job_with_a_paid_call_satisfies_its_properties_through_kills_pauses_and_crashes() {
    explore(Protocol::kept(Scope::paid())).assert_properties();
}

#[test]
fn a_job_that_an_operator_cancels_satisfies_its_properties() {
    explore(Protocol::kept(Scope::cancelled())).assert_properties();
}

#[test]
fn two_jobs_whose_claims_are_partly_lost_satisfy_their_properties() {
    explore(Protocol::kept(Scope::pair())).assert_properties();
}

#[test]
fn a_job_and_the_job_that_it_enqueues_satisfy_their_properties() {
    explore(Protocol::kept(Scope::chain())).assert_properties();
}

/// "Every job ends" depends on this: the checker ignores cycles.
#[test]
fn the_state_graph_has_no_cycles() {
    for scope in [Scope::cancelled(), Scope::pair()] {
        assert!(!has_cycle(&Protocol::kept(scope)));
    }
}
