//! The rotation of refresh tokens.

use model::sessions::{Broken, NOTICED, ONE_SUCCESSOR, OWNER_STAYS, Rotation};
use stateright::{Checker, Model};

fn kept(theft: bool) {
    let checker = Rotation {
        broken: None,
        theft,
    }
    .checker()
    .spawn_bfs()
    .join();
    println!("{} unique states", checker.unique_state_count());
    checker.assert_properties();
}

fn breaks(broken: Broken, theft: bool, property: &'static str) {
    let rotation = Rotation {
        broken: Some(broken),
        theft,
    };
    let path = rotation.checker().spawn_bfs().join().discovery(property);
    let path = path.unwrap_or_else(|| panic!("no violation found: {property}"));
    println!("{broken:?}: {:?}", path.into_actions());
}

#[test]
fn a_browser_with_two_tabs_and_lost_answers_is_never_signed_out() {
    kept(false);
}

#[test]
fn a_thief_is_noticed_by_the_next_of_both_who_shows_what_the_other_has_replaced() {
    kept(true);
}

#[test]
fn without_repeating_a_lost_answer_signs_a_person_out() {
    breaks(Broken::NeverRepeats, false, OWNER_STAYS);
}

#[test]
fn without_a_new_grace_a_second_tab_signs_out_after_a_lost_answer() {
    breaks(Broken::KeepsTheGrace, false, OWNER_STAYS);
}

#[test]
fn with_repeating_for_ever_a_thief_and_the_owner_live_side_by_side() {
    breaks(Broken::RepeatsAlways, true, NOTICED);
}

#[test]
fn without_a_lock_two_tabs_make_two_successors() {
    breaks(Broken::WritesWithoutALook, false, ONE_SUCCESSOR);
}
