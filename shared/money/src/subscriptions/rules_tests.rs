//! Tests of the rules of paid time.

use SubscriptionStatus::{Active, Expired};
use SubscriptionTier::{Basic, Free, Premium, Trial};

use super::*;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn window(n: u128, tier: SubscriptionTier, from: &str, until: &str) -> Window {
    Window {
        payment_id: Uuid::from_u128(n),
        tier,
        from: at(from),
        until: at(until),
        least: TimeDelta::zero(),
    }
}

fn bought(windows: &[Window], tier: SubscriptionTier, now: &str) -> (DateTime<Utc>, DateTime<Utc>) {
    let next = next_window(windows, Uuid::from_u128(9), tier, at(now));
    (next.from, next.until)
}

#[test]
fn a_month_is_a_calendar_month() {
    assert_eq!(
        bought(&[], Basic, "2026-01-31T10:00:00Z"),
        (at("2026-01-31T10:00:00Z"), at("2026-02-28T10:00:00Z"))
    );
    assert_eq!(
        bought(&[], Basic, "2028-01-31T00:00:00Z").1,
        at("2028-02-29T00:00:00Z")
    );
    assert_eq!(
        bought(&[], Basic, "2026-12-05T00:00:00Z").1,
        at("2027-01-05T00:00:00Z")
    );
}

#[test]
fn the_same_plan_again_follows_and_a_higher_one_begins_at_once() {
    let basic = window(1, Basic, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    let now = "2026-11-10T00:00:00Z";
    let windows = [basic];
    assert_eq!(bought(&windows, Basic, now).0, at("2026-12-01T00:00:00Z"));
    assert_eq!(bought(&windows, Premium, now).0, at(now));
    assert_eq!(
        bought(&windows, Basic, "2027-03-01T00:00:00Z").0,
        at("2027-03-01T00:00:00Z")
    );
}

#[test]
fn a_lower_plan_waits_for_the_end_of_the_higher() {
    let premium = window(1, Premium, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    let lower = bought(&[premium], Basic, "2026-11-10T00:00:00Z");
    assert_eq!(
        lower,
        (at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
    );
}

#[test]
fn the_highest_plan_counts_and_the_lower_one_again_after_it() {
    let windows = [
        window(1, Basic, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
        window(2, Basic, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        window(3, Premium, "2026-11-10T00:00:00Z", "2026-12-10T00:00:00Z"),
    ];
    let of = |now: &str| standing(&windows, at(now)).map(|s| (s.tier, s.until));
    assert_eq!(
        of("2026-11-05T00:00:00Z"),
        Some((Basic, at("2027-01-01T00:00:00Z")))
    );
    assert_eq!(
        of("2026-11-10T00:00:00Z"),
        Some((Premium, at("2026-12-10T00:00:00Z")))
    );
    assert_eq!(
        of("2026-12-10T00:00:00Z"),
        Some((Basic, at("2027-01-01T00:00:00Z")))
    );
    assert_eq!(of("2027-01-01T00:00:00Z"), None);
}

#[test]
fn what_follows_a_returned_month_begins_when_that_is_taken_back_and_is_a_month_from_there() {
    let first = window(1, Basic, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    let second = window(2, Basic, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let both = [first.clone(), second.clone()];
    let left = after_return(&both, &first, at("2026-11-10T00:00:00Z"));
    assert_eq!(
        left,
        [window(
            2,
            Basic,
            "2026-11-10T00:00:00Z",
            "2026-12-10T00:00:00Z"
        )]
    );
    assert_eq!(
        after_return(&both, &second, at("2026-11-10T00:00:00Z")),
        std::slice::from_ref(&first)
    );
    // Of one that is used up there is nothing to take.
    assert_eq!(
        after_return(&both, &first, at("2026-12-15T00:00:00Z")),
        [second]
    );
    assert_eq!(
        after_return(
            std::slice::from_ref(&first),
            &first,
            at("2026-11-10T00:00:00Z")
        ),
        []
    );
}

/// Expected by hand from docs/PAYMENTS.md: the same plan follows, a lower one follows the end of a higher.
#[test]
fn what_another_month_has_put_off_stays_behind_that_month() {
    let first = window(1, Basic, "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    let premium = window(2, Premium, "2026-01-10T00:00:00Z", "2026-02-10T00:00:00Z");
    let third = window(3, Basic, "2026-02-10T00:00:00Z", "2026-03-10T00:00:00Z");
    let all = [first.clone(), premium.clone(), third.clone()];
    let now = at("2026-01-15T00:00:00Z");
    assert_eq!(after_return(&all, &first, now), [premium.clone(), third]);
    let behind_the_first = window(3, Basic, "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
    assert_eq!(after_return(&all, &premium, now), [first, behind_the_first]);
}

/// Whatever was bought and is given back: time that has not begun is still a month, and is not covered
/// by the time of the same plan or a higher one.
#[test]
fn money_back_takes_no_other_paid_time_that_has_not_begun() {
    let tiers = [Basic, SubscriptionTier::Advanced, Premium];
    let start = at("2026-01-31T00:00:00Z");
    let mut dice = 1_u64;
    let mut throw = |sides: u64| {
        // Knuth's MMIX generator: the same cases in every run.
        dice = dice
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    for _ in 0..2_000 {
        let (mut bought, mut now) = (Vec::new(), start);
        for n in 0..=throw(5) {
            now += chrono::TimeDelta::days(throw(25).cast_signed());
            let tier = tiers[throw(3) as usize];
            let window = next_window(&bought, Uuid::from_u128(n.into()), tier, now);
            bought.push(window);
        }
        let returned = bought[throw(bought.len() as u64) as usize].clone();
        let left = after_return(&bought, &returned, now);
        assert_eq!(left.len(), bought.len() - 1);
        for (at, one) in left.iter().enumerate().filter(|(_, one)| one.from > now) {
            assert_eq!(Some(one.until), one.from.checked_add_months(Months::new(1)));
            let covers = |e: &Window| rank(e.tier) >= rank(one.tier) && e.until > one.from;
            assert!(!left[..at].iter().any(covers), "{left:?}");
        }
    }
}

fn row(tier: SubscriptionTier, ends: &str) -> Subscription {
    Subscription {
        id: Uuid::nil(),
        user_id: Uuid::nil(),
        tier,
        status: Active,
        trial_used: true,
        trial_ends_at: Some(at(ends)),
        current_period_start: Some(at("2026-11-01T00:00:00Z")),
        current_period_end: Some(at(ends)),
        cancel_at_period_end: false,
        canceled_at: None,
    }
}

#[test]
fn what_is_over_counts_as_what_else_was_paid_for_before_its_row_says_so() {
    let windows = [window(
        1,
        Basic,
        "2026-11-01T00:00:00Z",
        "2027-01-01T00:00:00Z",
    )];
    // Given by an operator: no window is of it.
    let row = row(Premium, "2026-12-10T00:00:00Z");
    let of = |now: &str| {
        let by_now = by_now(&row, windows.to_vec(), at(now));
        (by_now.tier, by_now.status)
    };
    assert_eq!(of("2026-12-09T23:59:59Z"), (Premium, Active));
    assert_eq!(of("2026-12-10T00:00:00Z"), (Basic, Active));
    assert_eq!(of("2027-01-01T00:00:00Z"), (Free, Expired));
}

#[test]
fn a_trial_that_is_over_is_still_a_trial_until_something_is_paid_for() {
    let row = row(Trial, "2026-11-08T00:00:00Z");
    let of = |bought: &[Window], now: &str| {
        let by_now = by_now(&row, bought.to_vec(), at(now));
        (by_now.tier, by_now.status)
    };
    assert_eq!(of(&[], "2026-11-07T00:00:00Z"), (Trial, Active));
    assert_eq!(of(&[], "2026-11-08T00:00:00Z"), (Trial, Expired));
    let bought = window(1, Basic, "2026-11-08T00:00:00Z", "2026-12-08T00:00:00Z");
    assert_eq!(of(&[bought], "2026-11-08T00:00:00Z"), (Basic, Active));
}

/// A month of which nothing was used is a month of the calendar wherever it begins; of one that has begun what is left
/// keeps its length.
#[test]
fn a_payment_whose_money_goes_and_comes_again_never_buys_more_than_its_month() {
    let mut seed = 7_u64;
    let mut draw = |below: i64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        TimeDelta::minutes(i64::try_from(seed >> 33).expect("31 bits") % below)
    };
    for _ in 0..500 {
        let mut now = at("2026-01-31T00:00:00Z") + draw(600_000);
        // Another month, which may be over, runs, or is still to come.
        let others = [next_window(
            &[],
            Uuid::from_u128(1),
            Basic,
            now - draw(60_000),
        )];
        let mut had = next_window(&others, Uuid::from_u128(9), Basic, now);
        let (mut month, mut used) = (had.until - had.from, TimeDelta::zero());
        for _ in 0..6 {
            now += draw(40_000);
            let left = rest(&had, now);
            used += had.until - had.from - left;
            now += draw(40_000);
            had = next_rest(&others, &had, left, now);
            if used.is_zero() {
                let whole = had.from.checked_add_months(Months::new(1));
                assert_eq!(Some(had.until), whole, "{had:?}");
                month = had.until - had.from;
            }
            assert_eq!(used + (had.until - had.from), month, "{had:?}");
            assert!(had.from >= now && had.from >= others[0].until, "{had:?}");
        }
    }
}

/// Expected by the calendar; Postgres (`timestamp + interval '1 month'`) ends the same.
#[test]
fn a_month_from_a_day_that_the_next_one_lacks_ends_with_that_month() {
    for (from, until) in [
        ("2027-01-29T08:00:00Z", "2027-02-28T08:00:00Z"),
        ("2027-01-30T08:00:00Z", "2027-02-28T08:00:00Z"),
        ("2027-01-31T08:00:00Z", "2027-02-28T08:00:00Z"),
        ("2028-01-30T08:00:00Z", "2028-02-29T08:00:00Z"),
        ("2028-02-29T08:00:00Z", "2028-03-29T08:00:00Z"),
        // A century without a leap day.
        ("2100-01-31T08:00:00Z", "2100-02-28T08:00:00Z"),
        ("2027-03-31T08:00:00Z", "2027-04-30T08:00:00Z"),
        ("2027-12-31T23:59:59Z", "2028-01-31T23:59:59Z"),
    ] {
        assert_eq!(bought(&[], Basic, from), (at(from), at(until)), "{from}");
    }
}

/// The nights on which New York and Berlin set their clocks on and back in 2027.
#[test]
fn clocks_that_are_set_on_or_back_neither_take_nor_give_an_hour() {
    for (from, days) in [
        ("2027-03-14T06:30:00Z", 31),
        ("2027-03-28T00:30:00Z", 31),
        ("2027-10-31T00:30:00Z", 30),
        ("2027-11-07T05:30:00Z", 30),
    ] {
        let (from, until) = bought(&[], Basic, from);
        assert_eq!(until - from, chrono::TimeDelta::days(days), "{from}");
    }
}

#[test]
fn in_the_last_second_of_a_month_the_next_one_follows_and_at_its_end_begins_anew() {
    let month = [window(
        1,
        Basic,
        "2026-11-01T00:00:00Z",
        "2026-12-01T00:00:00Z",
    )];
    let next = (at("2026-12-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
    for moment in ["2026-11-30T23:59:59Z", "2026-11-30T23:59:59.999999Z"] {
        assert_eq!(bought(&month, Basic, moment), next);
        assert_eq!(
            standing(&month, at(moment)).map(|one| one.tier),
            Some(Basic)
        );
    }
    assert_eq!(bought(&month, Basic, "2026-12-01T00:00:00Z"), next);
    assert_eq!(standing(&month, at("2026-12-01T00:00:00Z")), None);
    assert_eq!(
        bought(&month, Basic, "2026-12-01T00:00:01Z").0,
        at("2026-12-01T00:00:01Z")
    );
}

#[test]
fn a_higher_plan_in_the_last_second_begins_at_once_and_a_lower_one_waits_for_it() {
    let last = "2026-11-30T23:59:59Z";
    let basic = window(1, Basic, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    let above = next_window(
        std::slice::from_ref(&basic),
        Uuid::from_u128(2),
        Premium,
        at(last),
    );
    assert_eq!(
        (above.from, above.until),
        (at(last), at("2026-12-30T23:59:59Z"))
    );
    let both = [basic, above];
    let of = |moment: &str| standing(&both, at(moment)).map(|one| one.tier);
    assert_eq!(of("2026-11-30T23:59:58Z"), Some(Basic));
    assert_eq!(of(last), Some(Premium));
    assert_eq!(of("2026-12-30T23:59:58Z"), Some(Premium));
    assert_eq!(of("2026-12-30T23:59:59Z"), None);
    assert_eq!(
        bought(&both, Basic, "2026-12-30T23:59:58Z").0,
        at("2026-12-30T23:59:59Z")
    );
}

#[test]
fn of_a_month_that_goes_back_in_its_last_second_that_second_is_taken() {
    let first = window(1, Basic, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    let second = window(2, Basic, "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let both = [first.clone(), second.clone()];
    assert_eq!(
        after_return(&both, &first, at("2026-11-30T23:59:59Z")),
        [window(
            2,
            Basic,
            "2026-11-30T23:59:59Z",
            "2026-12-30T23:59:59Z"
        )]
    );
    // A second later the other one runs, and nothing moves.
    assert_eq!(
        after_return(&both, &first, at("2026-12-01T00:00:00Z")),
        [second]
    );
}
