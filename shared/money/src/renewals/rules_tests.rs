//! Tests of the rules of renewals.

use rust_decimal::Decimal;

use RenewalState::{Active, Canceled, Ended, PastDue, Paused};

use super::*;
use crate::payments::model::PaymentProvider;
use crate::payments::rules::charge_id;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

/// BASIC, paid until the first of December.
fn renewal(state: RenewalState) -> Renewal {
    Renewal {
        user_id: Uuid::nil(),
        order_id: Uuid::nil(),
        provider: PaymentProvider::SbpTinkoff,
        tier: SubscriptionTier::Basic,
        amount: Decimal::from(299),
        currency: "RUB".to_owned(),
        method_id: Some(Uuid::from_u128(1)),
        state,
        anchor_day: 1,
        paid_until: at("2026-12-01T00:00:00Z"),
        next_at: Some(at("2026-11-30T00:00:00Z")),
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

fn after(before: &Renewal, event: Event, now: &str) -> Renewal {
    step(before, event, at(now)).expect("a step")
}

/// The calendar: 2026 and 2027 have 28 days in February, 2028 has 29.
#[test]
fn periods_begin_on_the_day_of_the_first_or_on_the_last_day_of_a_month_that_lacks_it() {
    for (first, chain) in [
        (
            "2026-01-31",
            vec!["2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"],
        ),
        ("2027-12-31", vec!["2028-01-31", "2028-02-29", "2028-03-31"]),
        ("2026-01-29", vec!["2026-02-28", "2026-03-29"]),
        ("2028-01-29", vec!["2028-02-29", "2028-03-29"]),
        ("2028-02-29", vec!["2028-03-29", "2028-04-29"]),
        ("2026-02-28", vec!["2026-03-28", "2026-04-28"]),
        ("2026-11-05", vec!["2026-12-05", "2027-01-05"]),
    ] {
        let moment = |day: &str| at(&format!("{day}T10:00:00Z"));
        let mut from = moment(first);
        let anchor = day_of(from);
        for expected in chain {
            from = period_end(from, anchor);
            assert_eq!(from, moment(expected), "{first}");
        }
    }
}

#[test]
fn a_year_of_renewals_has_neither_gap_nor_overlap_and_ends_on_the_day_it_began() {
    let mut one = renewal(Active);
    one.paid_until = at("2026-01-31T10:00:00Z");
    one.anchor_day = 31;
    for _ in 0..12 {
        let (from, until) = next_period(&one);
        assert_eq!(from, one.paid_until);
        one = step(&one, Event::Paid(until), until - LEAD).expect("a step");
        assert_eq!((one.state, one.next_at), (Active, Some(until - LEAD)));
    }
    assert_eq!(one.paid_until, at("2027-01-31T10:00:00Z"));
}

#[test]
fn a_refused_period_is_tried_after_one_three_five_and_seven_days_and_then_ends() {
    let mut one = renewal(Active);
    let refused = Event::Refused { is_hard: false };
    for (day, next) in [
        ("2026-11-30", "2026-12-01"),
        ("2026-12-01", "2026-12-03"),
        ("2026-12-03", "2026-12-05"),
        ("2026-12-05", "2026-12-07"),
    ] {
        one = after(&one, refused, &format!("{day}T00:00:00Z"));
        assert_eq!(one.state, PastDue);
        assert_eq!(one.next_at, Some(at(&format!("{next}T00:00:00Z"))));
        // Eight days after the end of what is paid for.
        assert_eq!(one.access_until, Some(at("2026-12-09T00:00:00Z")));
    }
    // It was the last try: the plan stays until the moment that was said.
    one = after(&one, refused, "2026-12-07T00:00:00Z");
    assert_eq!((one.state, one.next_at), (PastDue, one.access_until));
    assert_eq!(one.charges_at(), None);
    one = after(&one, Event::End, "2026-12-09T00:00:00Z");
    assert_eq!((one.state, one.next_at), (Ended, None));
}

#[test]
fn the_tries_of_a_refused_period_until_a_moment_are_all_that_were_due_whatever_its_row_names_next()
{
    let refused = Event::Refused { is_hard: false };
    let first = after(&renewal(Active), refused, "2026-11-30T00:00:00Z");
    let days = |renewal: &Renewal, first: Option<&str>, now: &str| {
        let all = tries_until(renewal, first.map(at), at(now));
        all.iter().map(Datelike::day).collect::<Vec<_>>()
    };
    assert_eq!(days(&first, None, "2026-11-30T23:00:00Z"), [0; 0]);
    assert_eq!(days(&first, None, "2026-12-01T00:00:00Z"), [1]);
    assert_eq!(days(&first, None, "2027-01-01T00:00:00Z"), [1, 3, 5, 7]);
    // The first of them is known to be refused, and the row says that nothing is tried any more.
    let late = after(&first, refused, "2026-12-20T00:00:00Z");
    assert_eq!(days(&late, None, "2027-01-01T00:00:00Z"), [1, 3, 5, 7]);
    // A refusal that was heard late: the charge was due a week before.
    let heard = after(&renewal(Active), refused, "2026-12-10T00:00:00Z");
    let due = Some("2026-12-03T00:00:00Z");
    assert_eq!(days(&heard, due, "2026-12-10T00:00:00Z"), [4, 6, 8, 10]);
    assert_eq!(days(&renewal(Active), due, "2027-01-01T00:00:00Z"), [0; 0]);
}

#[test]
fn tries_are_counted_from_when_the_first_charge_was_due_unless_its_refusal_is_heard_late() {
    let due = at("2026-11-30T09:00:00.123Z");
    let charge = charge_id(Uuid::nil(), due, 0);
    assert_eq!(due_of(charge), Some(due));
    let soon = due + TimeDelta::hours(2);
    assert_eq!(refused_from(charge, soon), due);
    let late = due + TimeDelta::days(2);
    assert_eq!(refused_from(charge, late), late);
    assert_eq!(refused_from(Uuid::nil(), late), late);
}

#[test]
fn a_period_that_is_paid_late_begins_where_the_old_one_ends() {
    let late = after(
        &renewal(Active),
        Event::Refused { is_hard: false },
        "2026-11-30T00:00:00Z",
    );
    let (from, until) = next_period(&late);
    assert_eq!(from, at("2026-12-01T00:00:00Z"));
    let paid = after(&late, Event::Paid(until), "2026-12-03T00:00:00Z");
    assert_eq!(
        (paid.state, paid.tries, paid.access_until),
        (Active, 0, None)
    );
    assert_eq!(paid.paid_until, at("2027-01-01T00:00:00Z"));
}

#[test]
fn a_card_that_is_over_is_not_charged_again_and_the_plan_is_kept_for_the_time_of_grace() {
    let one = after(
        &renewal(Active),
        Event::Refused { is_hard: true },
        "2026-11-30T00:00:00Z",
    );
    assert_eq!((one.state, one.next_at), (PastDue, one.access_until));
    assert_eq!(one.charges_at(), None);
}

#[test]
fn a_charge_without_an_end_keeps_the_plan_and_counts_as_no_try() {
    let late = after(&renewal(Active), Event::Late, "2026-12-01T00:00:00Z");
    assert_eq!((late.state, late.tries), (PastDue, 0));
    assert_eq!(late.access_until, Some(at("2026-12-09T00:00:00Z")));
}

#[test]
fn cancelling_ends_with_the_period_and_what_is_past_due_at_once() {
    let now = "2026-11-10T00:00:00Z";
    let canceled = after(&renewal(Active), Event::Cancel, now);
    assert_eq!(
        (canceled.state, canceled.next_at),
        (Canceled, Some(canceled.paid_until))
    );
    assert_eq!(canceled.charges_at(), None);
    let resumed = after(&canceled, Event::Resume, now);
    assert_eq!(
        (resumed.state, resumed.next_at),
        (Active, Some(at("2026-11-30T00:00:00Z")))
    );
    assert!(step(&canceled, Event::Resume, at("2026-12-01T00:00:00Z")).is_err());
    let past_due = after(
        &renewal(Active),
        Event::Refused { is_hard: false },
        "2026-11-30T00:00:00Z",
    );
    let ended = after(&past_due, Event::Cancel, "2026-12-02T00:00:00Z");
    assert_eq!((ended.state, ended.next_at), (Ended, None));
    assert!(step(&ended, Event::Cancel, at(now)).is_err());
}

/// A refusal that is heard of after the person has cancelled begins no dunning.
#[test]
fn a_refusal_after_a_cancellation_is_not_tried_again() {
    let canceled = after(&renewal(Active), Event::Cancel, "2026-11-10T00:00:00Z");
    let refused = after(
        &canceled,
        Event::Refused { is_hard: false },
        "2026-11-30T00:00:00Z",
    );
    assert_eq!(
        (refused.state, refused.next_at),
        (Canceled, canceled.next_at)
    );
}

#[test]
fn a_pause_moves_the_next_period_and_its_day() {
    let paused = after(&renewal(Active), Event::Pause(2), "2026-11-10T00:00:00Z");
    assert_eq!(paused.state, Paused);
    assert_eq!(next_period(&paused).0, at("2027-02-01T00:00:00Z"));
    // Back before the end of what is paid for: as if there had been no pause.
    let early = after(&paused, Event::Resume, "2026-11-20T00:00:00Z");
    assert_eq!(next_period(&early).0, at("2026-12-01T00:00:00Z"));
    // Back in the middle of the pause: a period begins at once, and later ones on its day.
    let back = after(&paused, Event::Resume, "2026-12-15T00:00:00Z");
    assert_eq!(back.next_at, Some(at("2026-12-15T00:00:00Z")));
    let (from, until) = next_period(&back);
    assert_eq!(from, at("2026-12-15T00:00:00Z"));
    let paid = after(&back, Event::Paid(until), "2026-12-15T00:00:00Z");
    assert_eq!((paid.anchor_day, paid.paused_until), (15, None));
    assert_eq!(next_period(&paid).0, until);
}

fn part(minor: i64, from: &str, until: &str) -> Part {
    Part {
        minor,
        from: at(from),
        until: at(until),
    }
}

/// By hand: November has 30 days.
#[test]
fn an_upgrade_costs_the_rest_of_the_price_without_the_rest_of_what_was_paid() {
    let paid = [part(29_900, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")];
    let of = |price, now: &str| prorate(price, &paid, at(now));
    assert_eq!(of(59_900, "2026-11-16T00:00:00Z"), Some(15_000));
    assert_eq!(of(59_900, "2026-11-01T00:00:00Z"), Some(30_000));
    // 599 · 10 / 30 = 199.67 up, 299 · 10 / 30 = 99.67 down.
    let stars = [part(299, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")];
    assert_eq!(
        prorate(599, &stars, at("2026-11-21T00:00:00Z")),
        Some(200 - 99)
    );
    // The last second costs the least sum, and after it there is no period.
    assert_eq!(of(59_900, "2026-11-30T23:59:59Z"), Some(1));
    assert_eq!(of(59_900, "2026-12-01T00:00:00Z"), None);
    // What is cheaper than what was paid is not given back.
    assert_eq!(of(10_000, "2026-11-16T00:00:00Z"), Some(1));
    assert_eq!(prorate(59_900, &[], at("2026-11-16T00:00:00Z")), None);
}

/// getlago/lago-api PR 6194: the denominator is the whole period, also after a plan that began in the middle of it.
#[test]
fn a_second_upgrade_is_counted_by_the_whole_period_and_credits_both_payments() {
    let paid = [
        part(29_900, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        part(15_000, "2026-11-16T00:00:00Z", "2026-12-01T00:00:00Z"),
    ];
    // A third of the month is left: 149900 / 3 = 49966.67 up; 29900 / 3 = 9966.67 and 15000 · 10 / 15 = 10000 down.
    let cost = prorate(149_900, &paid, at("2026-11-21T00:00:00Z"));
    assert_eq!(cost, Some(49_967 - 9_966 - 10_000));
}

/// Whatever is upgraded when: all that is paid is at least what each plan costs by the second, and never by two units a
/// payment more.
#[test]
fn upgrades_take_what_the_plans_cost_by_the_second_and_round_by_less_than_two_units_each() {
    let (from, until) = (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    let whole = seconds(from, until);
    for (one, two) in [
        (1, 2),
        (86_399, 86_401),
        (1_000_000, 2_591_999),
        (0, 1_296_000),
    ] {
        let moment = |after: i64| from + TimeDelta::seconds(after);
        let mut paid = vec![Part {
            minor: 29_900,
            from,
            until,
        }];
        let mut expected = i128::from(29_900) * whole;
        let mut before = 29_900;
        for (price, after) in [(59_900, one), (149_900, two)] {
            let at = moment(after);
            let minor = prorate(price, &paid, at).expect("a rest");
            expected += i128::from(price - before) * seconds(at, until);
            before = price;
            paid.push(Part {
                minor,
                from: at,
                until,
            });
        }
        let all: i64 = paid.iter().map(|part| part.minor).sum();
        let beyond = i128::from(all) * whole - expected;
        assert!((0..whole * 5).contains(&beyond), "{one} {two}: {beyond}");
    }
}

#[test]
fn a_planned_window_is_bought_unless_its_time_was_bought_otherwise_or_is_over() {
    let span = (at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    let window = |tier, from: &str, until: &str| Window {
        least: TimeDelta::zero(),
        payment_id: Uuid::from_u128(7),
        tier,
        from: at(from),
        until: at(until),
    };
    let of = |bought: &[Window], now: &str| {
        planned(
            Uuid::from_u128(9),
            SubscriptionTier::Advanced,
            span,
            bought,
            at(now),
        )
        .is_some()
    };
    let now = "2026-11-30T00:00:00Z";
    let before = window(
        SubscriptionTier::Advanced,
        "2026-11-01T00:00:00Z",
        "2026-12-01T00:00:00Z",
    );
    assert!(of(&[before], now));
    let lower = window(
        SubscriptionTier::Basic,
        "2026-12-10T00:00:00Z",
        "2027-01-10T00:00:00Z",
    );
    assert!(of(&[lower], now));
    let same = window(
        SubscriptionTier::Advanced,
        "2026-12-10T00:00:00Z",
        "2027-01-10T00:00:00Z",
    );
    assert!(!of(&[same], now));
    assert!(!of(&[], "2027-01-01T00:00:00Z"));
}
