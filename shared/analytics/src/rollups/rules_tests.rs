//! Tests of what a fact adds, without a database.

use chrono::{DateTime, Utc};
use events::Event;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::usage::histogram;
use super::*;

const AT: &str = "2026-10-05T12:34:56.789Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn event(name: &str, account: Option<Uuid>, data: Value) -> Event {
    Event {
        id: Uuid::nil(),
        name: name.to_owned(),
        version: 1,
        occurred_at: at(AT),
        user_id: None,
        account_id: account,
        data,
    }
}

fn sums(events: &[Event]) -> Sums {
    let (mut known, mut sums) = (Known::default(), Sums::default());
    for event in events {
        let counted = Counted::of(&event.name, &event.data).expect("it is counted");
        count(&mut known, &mut sums, event, &counted);
    }
    sums
}

#[test]
fn a_quarter_hour_begins_at_its_first_moment_and_ends_before_the_next() {
    for (moment, expected) in [
        ("2026-10-05T12:30:00Z", "2026-10-05T12:30:00Z"),
        ("2026-10-05T12:44:59.999999Z", "2026-10-05T12:30:00Z"),
        ("2026-10-05T12:45:00Z", "2026-10-05T12:45:00Z"),
        ("1969-12-31T23:59:59Z", "1969-12-31T23:45:00Z"),
    ] {
        assert_eq!(bucket(at(moment)), at(expected), "{moment}");
    }
}

/// ceil(ln(max(ms, 1)) / ln(1.1)), by bc: ln(2)/ln(1.1) = 7.27, ln(1000)/ln(1.1) = 72.48, ln(60000)/ln(1.1) = 115.43,
/// ln(1628000)/ln(1.1) = 150.06.
#[test]
fn a_histogram_has_buckets_of_a_tenth() {
    for (ms, expected) in [
        (0, 0),
        (1, 0),
        (2, 8),
        (1_000, 73),
        (60_000, 116),
        (1_628_000, 150),
        (i64::MAX, 150),
    ] {
        assert_eq!(histogram(ms), expected, "{ms}");
    }
}

/// First it was not known what became of the call, then its answer came, then that could not be used.
#[test]
fn a_call_counts_once_as_what_it_was_told_last() {
    let told = |kind: &str, was: Option<&str>, cost: i64| {
        event(
            "provider.called",
            None,
            json!({ "at": "2026-10-05T12:00:00Z", "provider": "one", "model": "m", "kind": kind, "was": was,
                "ms": 1_000, "was_ms": was.map(|_| 1_000), "tokens_in": 0, "tokens_out": 0, "cost_micro_usd": cost }),
        )
    };
    let sums = sums(&[
        told("unknown", None, 50),
        told("answered", Some("unknown"), -20),
        told("unusable", Some("answered"), 0),
    ]);
    let uses: Vec<_> = sums.models.values().collect();
    let [one] = uses.as_slice() else {
        panic!("{uses:?}");
    };
    assert_eq!((one.calls, one.answered, one.unknown_outcomes), (1, 0, 0));
    assert_eq!(one.cost_micro_usd, 30);
    let kinds = sums.performance.iter().filter(|(_, sums)| sums.calls != 0);
    let kinds: Vec<_> = kinds
        .map(|(key, sums)| (key.kind.as_str(), sums.calls))
        .collect();
    assert_eq!(kinds, [("unusable", 1)]);
}

#[test]
fn a_fact_of_an_organization_stands_beside_those_of_persons() {
    let organization = Uuid::from_u128(7);
    let data =
        json!({ "kind": "paid", "amount": 1_000, "currency": "EUR", "tier": "PRO", "at": AT });
    let sums = sums(&[
        event("payment.booked", Some(organization), data.clone()),
        event("payment.booked", None, data),
    ]);
    let whose: Vec<_> = sums
        .revenue
        .keys()
        .map(|key| key.quarter.organization_id)
        .collect();
    assert_eq!(whose, [Uuid::nil(), organization]);
}

/// 499 of BASIC become 999 of PRO: 500 more recur, and each plan has what is its own.
#[test]
fn what_recurs_moves_between_plans_and_starting_and_movements_are_ending() {
    let side = |tier: &str, mrr: i64| json!({ "tier": tier, "currency": "EUR", "mrr": mrr });
    let moved = |movement: &str, from: Value, to: Value| {
        let data = json!({ "movement": movement, "from": from, "to": to });
        event("subscription.moved", None, data)
    };
    let (basic, pro) = (side("BASIC", 499), side("PRO", 999));
    let sums = sums(&[
        moved("new", json!(null), basic.clone()),
        moved("expansion", basic, pro.clone()),
        moved("churn", pro, json!(null)),
    ]);
    let rows: Vec<_> = sums
        .movements
        .iter()
        .map(|(key, sums)| {
            let names = (key.money.plan.as_str(), key.movement.as_str());
            (names, sums.delta, sums.customers)
        })
        .collect();
    let expected = [
        (("BASIC", "expansion"), -499, -1),
        (("BASIC", "new"), 499, 1),
        (("PRO", "churn"), -999, -1),
        (("PRO", "expansion"), 999, 1),
    ];
    assert_eq!(rows, expected);
}

/// It was counted, and stands where nothing was taken away.
#[test]
fn what_was_counted_before_a_rebuild_and_stands_before_its_months_is_not_counted_again() {
    let data = json!({ "kind": "paid", "amount": 5, "currency": "EUR", "tier": "PRO", "at": "2026-09-30T00:00:00Z" });
    let late = event("payment.booked", None, data);
    let counted = Counted::of(&late.name, &late.data).expect("it is counted");
    for (rebuilt, expected) in [("2026-11-01T00:00:00Z", 0), ("2026-10-01T00:00:00Z", 1)] {
        let mut known = Known {
            rebuilt: Some(super::super::known::Rebuilt {
                at: at(rebuilt),
                from: at("2026-10-01T00:00:00Z"),
            }),
            ..Known::default()
        };
        let mut sums = Sums::default();
        count(&mut known, &mut sums, &late, &counted);
        assert_eq!(sums.revenue.len(), expected);
    }
}

/// 299 RUB, then 5 EUR, then the 299 RUB back.
#[test]
fn what_an_account_has_paid_is_summed_by_currency() {
    let account = Uuid::from_u128(7);
    let booked = |kind: &str, amount: i64, currency: &str| {
        let data = json!({ "kind": kind, "amount": amount, "currency": currency, "tier": "PRO", "at": AT });
        event("payment.booked", Some(account), data)
    };
    let (mut known, mut sums) = (Known::default(), Sums::default());
    known.there.insert(account);
    for event in [
        booked("paid", 299, "RUB"),
        booked("paid", 5, "EUR"),
        booked("returned", 299, "RUB"),
    ] {
        let counted = Counted::of(&event.name, &event.data).expect("it is counted");
        count(&mut known, &mut sums, &event, &counted);
    }
    let totals = known.customers.into_values();
    let totals: Vec<_> = totals.map(|one| (one.currency, one.paid_total)).collect();
    assert_eq!(totals, [("EUR".to_owned(), 5), ("RUB".to_owned(), 0)]);
}
