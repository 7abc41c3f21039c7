//! Purchases, refunds and renewals: the correct protocols keep their promises, and each rule is needed.

use std::fmt::Debug;
use std::hash::Hash;
use std::time::Instant;

use model::payments::purchase::{self, Purchase, Scope};
use model::payments::refund::{self, Refunds, Vendor};
use model::payments::renewal::{self, Renewals};
use stateright::{Checker, HasDiscoveries, Model};

use super::exploring::has_cycle;

/// Explores every state, prints their number, and finds all properties kept.
fn kept<M>(model: M)
where
    M: Model + Clone + Debug + Send + Sync + 'static,
    M::State: Debug + Clone + Eq + Hash + Send + Sync + 'static,
    M::Action: Debug + Clone + PartialEq,
{
    let (started, what) = (Instant::now(), format!("{model:?}"));
    let checker = model.checker().spawn_bfs().join();
    println!(
        "{} unique states, {} generated, the longest path has {} steps, {:.1?}: {what}",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth() - 1,
        started.elapsed(),
    );
    checker.assert_properties();
}

/// Finds the property violated, and prints how.
fn breaks<M>(model: M, property: &'static str)
where
    M: Model + Clone + Debug + Send + Sync + 'static,
    M::State: Debug + Clone + Eq + Hash + Send + Sync + 'static,
    M::Action: Debug + Clone + PartialEq,
{
    let what = format!("{model:?}");
    let found = model
        .checker()
        .finish_when(HasDiscoveries::AnyOf([property].into()))
        .spawn_bfs()
        .join()
        .discovery(property);
    let path = found.unwrap_or_else(|| panic!("no violation found: {property}"));
    println!("{what}: {:?}", path.into_actions());
}

fn order(scope: Scope) -> Purchase {
    Purchase {
        scope,
        broken: None,
    }
}

fn bad_order(scope: Scope, broken: purchase::Broken) -> Purchase {
    Purchase {
        scope,
        broken: Some(broken),
    }
}

fn refunds(vendor: Vendor, amounts: &[u8], cabinet: bool) -> Refunds {
    Refunds {
        vendor,
        amounts: amounts.to_vec(),
        cabinet,
        exact: !cabinet,
        broken: None,
    }
}

#[test]
fn money_that_came_gives_one_month_though_calls_come_twice_and_in_any_order() {
    kept(order(Scope::told()));
}

#[test]
fn one_event_under_two_ids_gives_one_month() {
    kept(order(Scope::renumbered()));
}

#[test]
fn a_vendor_that_says_only_that_something_happened_is_asked_until_all_is_known() {
    kept(order(Scope::hinted()));
}

#[test]
fn with_any_call_lost_the_reconciler_brings_the_rows_to_what_the_vendor_knows() {
    kept(order(Scope::lossy()));
}

#[test]
fn an_order_that_is_paid_twice_gives_a_month_for_each_charge() {
    kept(order(Scope::twice()));
}

/// What has to hold in the end is asked of states at rest: every path has to come there.
#[test]
fn every_order_refund_and_renewal_comes_to_rest() {
    assert!(!has_cycle(&order(Scope::told())));
    assert!(!has_cycle(&refunds(Vendor::Keyed, &[1, 1], false)));
    let both = [true, false].map(|is_keyed| Renewals {
        is_keyed,
        broken: None,
    });
    assert!(!both.iter().any(has_cycle));
}

#[test]
fn without_a_reconciler_money_whose_call_is_lost_gives_nothing() {
    let broken = purchase::Broken::NeverAsks;
    breaks(bad_order(Scope::lossy(), broken), purchase::AGREES);
}

#[test]
fn by_the_id_of_the_event_alone_one_charge_gives_two_months() {
    let broken = purchase::Broken::TrustsTheEventsId;
    breaks(bad_order(Scope::renumbered(), broken), purchase::ONCE);
}

#[test]
fn without_a_lock_two_processes_give_two_months() {
    let broken = purchase::Broken::ReadsWithoutLock;
    breaks(bad_order(Scope::told(), broken), purchase::ONCE);
}

#[test]
fn a_call_that_is_marked_before_its_work_is_lost_with_the_process() {
    let broken = purchase::Broken::MarksBeforeTheWork;
    breaks(bad_order(Scope::told(), broken), purchase::AGREES);
}

#[test]
fn without_what_was_said_before_money_that_is_back_gives_a_month() {
    let broken = purchase::Broken::ForgetsReturns;
    breaks(bad_order(Scope::told(), broken), purchase::LATE);
}

#[test]
fn a_hint_that_came_again_while_it_was_worked_is_not_done_with_the_first() {
    let broken = purchase::Broken::ClosesHintsThatCameAgain;
    breaks(bad_order(Scope::hinted(), broken), purchase::AGREES);
}

#[test]
fn refunds_are_made_once_each_whatever_answer_is_lost_or_old() {
    kept(refunds(Vendor::Keyed, &[1, 1], false));
    kept(refunds(Vendor::Keyed, &[2], false));
}

#[test]
fn refunds_and_what_goes_back_in_the_cabinet_are_never_more_than_was_paid() {
    kept(refunds(Vendor::Keyed, &[1, 1], true));
    kept(refunds(Vendor::Keyed, &[2], true));
}

#[test]
fn a_vendor_that_tells_nothing_is_never_asked_twice_for_a_refund() {
    kept(refunds(Vendor::Blind, &[1, 1], false));
}

#[test]
fn a_refund_that_is_sent_again_without_a_question_goes_back_twice() {
    let broken = Refunds {
        broken: Some(refund::Broken::RetriesWithoutAsking),
        ..refunds(Vendor::Blind, &[1, 1], false)
    };
    breaks(broken, refund::ONCE);
}

/// A vendor that finds the refund of a key has no need of the question (`Manners::knows_refunds`).
#[test]
fn where_the_vendor_knows_the_key_a_refund_may_be_sent_again_without_a_question() {
    for amounts in [&[1, 1][..], &[2]] {
        kept(Refunds {
            broken: Some(refund::Broken::RetriesWithoutAsking),
            ..refunds(Vendor::Keyed, amounts, false)
        });
    }
}

#[test]
fn a_refund_that_is_called_for_without_an_intent_goes_back_twice() {
    let broken = Refunds {
        broken: Some(refund::Broken::CallsWithoutIntent),
        ..refunds(Vendor::Blind, &[1, 1], false)
    };
    breaks(broken, refund::ONCE);
}

/// A limit: the sums of a vendor do not say whose a part was. No money is lost by it, but an operator's refund may be taken
/// for made.
#[test]
fn by_sums_alone_a_part_that_went_back_in_the_cabinet_is_taken_for_one_of_ours() {
    let limit = Refunds {
        exact: true,
        ..refunds(Vendor::Keyed, &[1, 1], true)
    };
    breaks(limit, refund::EXACT);
}

#[test]
fn a_period_is_charged_once_whatever_answer_is_lost() {
    for is_keyed in [true, false] {
        kept(Renewals {
            is_keyed,
            broken: None,
        });
    }
}

#[test]
fn a_new_order_after_a_lost_answer_charges_a_period_twice() {
    let broken = Renewals {
        is_keyed: true,
        broken: Some(renewal::Broken::MakesANewOrder),
    };
    breaks(broken, renewal::ONCE);
}

#[test]
fn two_open_orders_of_a_period_charge_it_twice() {
    let broken = Renewals {
        is_keyed: true,
        broken: Some(renewal::Broken::IntendsTwice),
    };
    breaks(broken, renewal::ONCE);
}

#[test]
fn a_vendor_without_keys_that_is_charged_again_takes_the_money_twice() {
    let broken = Renewals {
        is_keyed: false,
        broken: Some(renewal::Broken::ChargesAgainWithoutKey),
    };
    breaks(broken, renewal::ONCE);
}
