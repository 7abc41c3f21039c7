use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::*;

pub(in super::super) fn limit(points: u32, window: u64, block: u64) -> Limit {
    Limit {
        name: "test",
        points,
        window: Duration::from_millis(window),
        block: Duration::from_millis(block),
    }
}

/// Counts a request, as every caller of the rule does.
pub(in super::super) fn count(counted: &mut Window, limit: &Limit, now: u64) -> Decision {
    counted.slide(limit, now);
    match counted.wait(limit, now) {
        0 => counted.admit(limit, now),
        _ => counted.refuse(limit, now),
    }
}

/// Steps of a clock: bursts in one moment, pauses, and waits as long as the window.
pub(in super::super) fn step(chance: &mut StdRng, window: u64) -> u64 {
    match chance.random_range(0..10) {
        0..4 => 0,
        4..7 => chance.random_range(1..=window / 50),
        7..9 => chance.random_range(1..=window / 5),
        _ => chance.random_range(window / 2..=window * 3 / 2),
    }
}

fn admitted_since(admitted: &[u64], since: Option<u64>) -> usize {
    admitted
        .iter()
        .filter(|at| since.is_none_or(|since| **at > since))
        .count()
}

#[test]
fn no_window_admits_more_than_the_limit_and_what_is_refused_would_have_been_too_many() {
    for (seed, points) in [(1, 1), (2, 5), (3, 20), (4, 21), (5, 120), (6, 1_000)] {
        let (limit, mut chance) = (limit(points, 60_000, 0), StdRng::seed_from_u64(seed));
        let (mut window, mut now, mut admitted) = (Window::default(), 1_000_000, Vec::new());
        let mut refused = 0;
        for _ in 0..20_000 {
            now += step(&mut chance, if points > 100 { 500 } else { 60_000 });
            let made = count(&mut window, &limit, now);
            let within = |length: u64| admitted_since(&admitted, Some(now - length));
            if made.admitted {
                assert!(within(60_000) < points as usize, "seed {seed}, at {now}");
                admitted.push(now);
            } else {
                assert!(
                    within(60_000 + limit.grain()) >= points as usize,
                    "seed {seed}, at {now}"
                );
                refused += 1;
            }
            assert!(
                window.groups.len() <= GROUPS as usize + 2,
                "{}",
                window.groups.len()
            );
            // The model need not remember what is long gone.
            admitted.retain(|at| at + 120_000 > now);
        }
        assert!(refused > 100, "seed {seed}: only {refused} were refused");
    }
}

#[test]
fn who_waits_for_the_reset_is_admitted_and_who_waits_less_after_a_refusal_is_not() {
    for (seed, points, block) in [(1, 1, 0), (2, 7, 20_000), (3, 50, 90_000), (4, 300, 1_000)] {
        let (limit, mut chance) = (limit(points, 60_000, block), StdRng::seed_from_u64(seed));
        let (mut window, mut now) = (Window::default(), 1_000_000);
        for _ in 0..5_000 {
            now += step(&mut chance, if points > 100 { 500 } else { 60_000 });
            let made = count(&mut window, &limit, now);
            let after = |wait: u64| {
                let mut later = window.clone();
                count(&mut later, &limit, now + wait).admitted
            };
            let reset = milliseconds(made.reset);
            assert!(reset > 0 && after(reset), "seed {seed}, at {now}: {made:?}");
            assert!(
                made.admitted || !after(reset - 1),
                "seed {seed}, at {now}: {made:?}"
            );
            assert!(made.reset <= limit.window.max(limit.block), "{made:?}");
        }
    }
}

/// What passes in truth is the time since the start; the clock is set back now and then.
#[test]
fn a_clock_that_goes_back_admits_no_more_and_keeps_nobody_out_for_longer() {
    for seed in 1..=5 {
        let (limit, mut chance) = (limit(30, 60_000, 60_000), StdRng::seed_from_u64(seed));
        let (mut window, mut truth, mut clock) = (Window::default(), 0, 10_000_000_u64);
        let mut admitted: Vec<u64> = Vec::new();
        for _ in 0..5_000 {
            let passed = step(&mut chance, 10_000);
            (truth, clock) = (truth + passed, clock + passed);
            if chance.random_range(0..20) == 0 {
                clock -= chance.random_range(0..=20_000);
            }
            let made = count(&mut window, &limit, clock);
            assert!(made.reset <= limit.window, "seed {seed}: {made:?}");
            if made.admitted {
                let since = truth.checked_sub(60_000);
                assert!(
                    admitted_since(&admitted, since) < 30,
                    "seed {seed}, at {truth}"
                );
                admitted.push(truth);
            }
        }
        assert!(admitted.len() > 100, "seed {seed}");
    }
}

#[test]
fn of_500_requests_in_one_millisecond_exactly_the_limit_is_admitted() {
    let (limit, mut window) = (limit(120, 60_000, 60_000), Window::default());
    let made = (0..500).filter(|_| count(&mut window, &limit, 7).admitted);
    assert_eq!(made.count(), 120);
}

/// A window that begins anew at its edge admits twice the limit around it.
#[test]
fn the_edge_of_a_window_is_no_way_around_it() {
    let (limit, mut window) = (limit(100, 60_000, 0), Window::default());
    assert!(count(&mut window, &limit, 0).admitted);
    for _ in 0..99 {
        assert!(count(&mut window, &limit, 59_999).admitted);
    }
    assert!(count(&mut window, &limit, 60_000).admitted);
    assert!(!count(&mut window, &limit, 60_000).admitted);
    // The second group is of both moments.
    assert!(!count(&mut window, &limit, 119_999).admitted);
    assert!(count(&mut window, &limit, 120_000).admitted);
}

#[test]
fn the_block_begins_with_the_first_refusal_and_the_next_ones_do_not_prolong_it() {
    let (limit, mut window) = (limit(1, 10, 100), Window::default());
    assert!(count(&mut window, &limit, 0).admitted);
    for now in [5, 50, 104] {
        let made = count(&mut window, &limit, now);
        assert_eq!(
            (made.admitted, made.reset),
            (false, Duration::from_millis(105 - now))
        );
    }
    assert!(count(&mut window, &limit, 105).admitted);
}
