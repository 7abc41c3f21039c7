//! Places as the words of an eye give them.

use reader::inside::Place;

#[test]
fn the_bottom_goes_before_the_middle_and_the_wall_before_both() {
    for (words, depth) in [
        ("in the middle of the bottom", Some(0)),
        ("bottom centre", Some(0)),
        ("base of the cup, middle", Some(0)),
        ("middle", Some(1)),
        ("wall, bottom left", Some(1)),
        ("centre of the wall", Some(1)),
        ("near the handle", None),
    ] {
        assert_eq!(Place::of(words).depth, depth, "{words}");
    }
}
