//! Each rule of the protocol is needed: without it the checker finds a violated property.

use model::{Fault, Protocol, Scope, properties};

use super::exploring::counterexample;

fn breaks(fault: Fault, property: &'static str) {
    counterexample(&Protocol::broken(Scope::paid(), fault), property);
}

#[test]
fn without_the_fence_a_paused_worker_closes_the_job_of_another() {
    breaks(Fault::CompletesWithoutFence, properties::OWN_ROW);
}

#[test]
fn without_any_guard_a_result_is_applied_twice() {
    breaks(Fault::CompletesWithoutGuard, properties::ONCE);
}

#[test]
fn without_the_worker_in_the_guard_a_fence_that_was_issued_twice_matches_both_claims() {
    breaks(Fault::GuardsWithoutWorker, properties::OWN_ROW);
}

#[test]
fn without_the_worker_in_the_keepers_guard_it_renews_the_lease_of_another() {
    breaks(Fault::RenewsWithoutWorker, properties::OWN_ROW);
}

#[test]
fn a_result_that_is_committed_before_its_job_is_applied_twice() {
    breaks(Fault::AppliesBeforeClosing, properties::ONCE);
}

#[test]
fn a_result_that_is_committed_after_its_job_is_lost() {
    breaks(Fault::AppliesAfterClosing, properties::DONE_HAS_RESULT);
}

#[test]
fn a_next_job_that_is_enqueued_after_the_commit_is_lost() {
    breaks(Fault::EnqueuesAfterClosing, properties::DONE_HAS_RESULT);
}

#[test]
fn without_the_intent_a_call_is_paid_twice_without_a_record() {
    breaks(Fault::CallsWithoutIntent, properties::PAID);
}

#[test]
fn an_intent_that_does_not_wait_for_the_disk_is_as_good_as_none() {
    breaks(Fault::IntendsLazily, properties::PAID);
}

#[test]
fn a_journal_that_is_not_locked_while_it_is_read_pays_for_what_was_answered() {
    breaks(Fault::LooksBeforeItLocks, properties::ANSWERED);
}

#[test]
fn without_a_limit_unknown_calls_are_made_again_and_again() {
    breaks(Fault::AsksWithoutLimit, properties::UNKNOWN);
}

#[test]
fn an_answer_behind_the_guard_is_dropped_with_the_lease() {
    breaks(Fault::GuardsTheAnswer, properties::KEPT);
}

#[test]
fn a_handler_that_is_dropped_with_its_lease_drops_an_answer() {
    breaks(Fault::DropsTheCallWithTheLease, properties::KEPT);
}

#[test]
fn attempts_grow_without_bound_while_closing_the_dead_job_fails() {
    breaks(Fault::CountsAttemptsForEver, properties::ATTEMPTS);
}

#[test]
fn a_job_whose_worker_dies_never_ends_without_a_rescue() {
    breaks(Fault::NeverRescues, properties::ENDS);
}
