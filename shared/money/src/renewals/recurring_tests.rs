//! Tests of what recurs.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::payments::model::PaymentProvider;
use crate::subscriptions::model::SubscriptionTier;

fn renewal(state: RenewalState, tier: SubscriptionTier, (whole, currency): (i64, &str)) -> Renewal {
    Renewal {
        user_id: Uuid::nil(),
        order_id: Uuid::nil(),
        provider: PaymentProvider::SbpTinkoff,
        tier,
        amount: Decimal::from(whole),
        currency: currency.to_owned(),
        method_id: None,
        state,
        anchor_day: 1,
        paid_until: DateTime::<Utc>::UNIX_EPOCH,
        next_at: None,
        tries: 0,
        refused_at: None,
        access_until: None,
        paused_until: None,
        underway: None,
        quote_id: None,
        quote_tier: None,
        quote_amount: None,
        quote_at: None,
    }
}

fn basic(state: RenewalState) -> Renewal {
    renewal(state, SubscriptionTier::Basic, (299, "RUB"))
}

#[test]
fn what_is_kept_recurs_and_what_is_paused_or_over_does_not() {
    use RenewalState::{Active, Canceled, Ended, PastDue, Paused};
    for (state, expected) in [
        (Active, Some(29_900)),
        (PastDue, Some(29_900)),
        (Canceled, Some(29_900)),
        (Paused, None),
        (Ended, None),
    ] {
        let found = recurring(&basic(state)).map(|one| one.mrr);
        assert_eq!(found, expected, "{state:?}");
    }
}

/// Stars have no decimals (Bot API, "Telegram Stars").
#[test]
fn sums_are_of_the_smallest_unit_of_their_currency() {
    let stars = renewal(RenewalState::Active, SubscriptionTier::Basic, (150, "XTR"));
    assert_eq!(recurring(&stars).map(|one| one.mrr), Some(150));
}

#[test]
fn each_change_of_what_recurs_has_a_movement_and_the_same_amount_has_none() {
    use RenewalState::{Active, Ended, PastDue};
    let active = basic(Active);
    let pro = renewal(Active, SubscriptionTier::Pro, (799, "RUB"));
    let euro = renewal(Active, SubscriptionTier::Pro, (9, "EUR"));
    let told = |one: &Renewal| Some(recurring(one));
    for (told, after, expected) in [
        (None, &active, Some("new")),
        (Some(None), &active, Some("reactivation")),
        (told(&active), &pro, Some("expansion")),
        (told(&pro), &active, Some("contraction")),
        (told(&pro), &euro, Some("expansion")),
        (told(&active), &basic(Ended), Some("churn")),
        (told(&active), &basic(PastDue), None),
        (Some(None), &basic(Ended), None),
        (None, &basic(Ended), None),
    ] {
        let found = moved(told, after).map(|one| one.movement);
        assert_eq!(found, expected);
    }
}
