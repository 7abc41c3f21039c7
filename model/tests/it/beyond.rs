//! The limits of the protocol: properties that it cannot guarantee, and plausible ones that do not
//! hold.

use model::{Protocol, Scope, properties};

use stateright::Checker;

use super::exploring::{broken, counterexample, explore};

fn with_unguaranteed_properties() -> Protocol {
    Protocol {
        beyond: true,
        ..Protocol::kept(Scope::paid())
    }
}

/// Checking the lease and making the call cannot be atomic. Only the vendor could refuse the call,
/// if it supported an idempotency key.
#[test]
fn a_worker_paused_between_intent_and_call_pays_for_a_call_that_is_answered() {
    counterexample(&with_unguaranteed_properties(), properties::LATE_CALL);
}

/// A late answer changes the state of an unknown entry. A count of the calls that may have been paid
/// twice must include all that were ever unknown.
#[test]
fn counting_the_calls_that_are_unknown_now_misses_those_with_a_late_answer() {
    counterexample(&with_unguaranteed_properties(), properties::STANDS_UNKNOWN);
}

/// A crash of Postgres undoes a claim, the same process claims the job again, and gets the same fence
/// under the same name. No guard can distinguish the two claims; the process itself must stop its older
/// handler. Results and payments are safe nevertheless.
#[test]
fn two_claims_of_one_process_with_one_fence_break_only_the_ownership_of_the_row() {
    let checker = explore(Protocol::kept(Scope::one_process()));
    assert_eq!(broken(&checker), [properties::OWN_ROW].into());
    counterexample(checker.model(), properties::OWN_ROW);
}
