//! The eye on drawn cups, whose content is known, and on the one real photo.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use reader::inside::{Picture, find_cup};
use reader::{Sight, see};

const CUP: &[u8] = include_bytes!("../../../fixtures/coffee-cup.png");
const WOOD: Rgb<u8> = Rgb([120, 70, 40]);
const PORCELAIN: Rgb<u8> = Rgb([240, 238, 232]);
const GROUNDS: Rgb<u8> = Rgb([50, 30, 20]);

/// A white cup on wood, 400 x 400, centre (200, 200), radius 150, with `dark` painted in.
fn cup(dark: impl Fn(f64, f64) -> bool) -> Vec<u8> {
    let picture = RgbImage::from_fn(400, 400, |x, y| {
        let (dx, dy) = (f64::from(x) - 200.0, f64::from(y) - 200.0);
        match dx.hypot(dy) < 150.0 {
            true if dark(dx, dy) => GROUNDS,
            true => PORCELAIN,
            false => WOOD,
        }
    });
    png(&picture)
}

fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("writes");
    bytes.into_inner()
}

fn look_at(bytes: &[u8]) -> Sight {
    see(bytes).expect("a picture")
}

#[test]
fn a_drawn_ring_is_called_a_ring_and_lies_where_it_was_drawn() {
    let sight = look_at(&cup(|x, y| {
        (24.0..34.0).contains(&(x + 75.0).hypot(y + 40.0))
    }));
    assert!(sight.is_cup);
    let ring = sight
        .patterns
        .iter()
        .find(|p| p.symbol == "ring")
        .expect("a ring");
    assert_eq!(ring.place, "on the wall, upper left");
    assert!(ring.shape.contains("light opening"), "{ring:?}");
    assert_eq!(sight.patterns[0], *ring);
}

#[test]
fn a_drawn_upright_line_is_long_and_stands_at_the_bottom() {
    let sight = look_at(&cup(|x, y| x.abs() < 7.0 && y.abs() < 60.0));
    let line = &sight.patterns[0];
    assert!(
        line.shape.contains("long smooth") && line.shape.contains("upright"),
        "{line:?}"
    );
    assert_eq!(line.place, "at the bottom of the cup");
    assert!(
        ["road", "candle", "ladder", "door"].contains(&line.symbol.as_str()),
        "{line:?}"
    );
}

#[test]
fn every_cup_gives_three_to_seven_different_signs_strongest_first() {
    let many = cup(|x, y| ((x / 23.0).sin() * (y / 19.0).cos()) > 0.55);
    let empty = cup(|_, _| false);
    for bytes in [many, empty, CUP.to_vec()] {
        let sight = look_at(&bytes);
        assert!((3..=7).contains(&sight.patterns.len()), "{sight:?}");
        let mut names: Vec<_> = sight.patterns.iter().map(|p| p.symbol.clone()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), sight.patterns.len());
        assert!(
            sight
                .patterns
                .is_sorted_by(|a, b| a.confidence >= b.confidence)
        );
        assert!(
            sight
                .patterns
                .iter()
                .all(|p| (0.0..=1.0).contains(&p.confidence))
        );
    }
}

#[test]
fn the_same_photo_reads_the_same_and_different_photos_differ() {
    assert_eq!(look_at(CUP), look_at(CUP));
    let one = look_at(&cup(|x, y| x > 30.0 && y.abs() < 12.0));
    let two = look_at(&cup(|x, y| x < -30.0 && y.abs() < 12.0));
    assert_ne!(one.patterns, two.patterns);
    assert_ne!(one.patterns, look_at(CUP).patterns);
}

#[test]
fn the_real_cup_is_found_where_it_stands() {
    let picture = Picture::decode(CUP).expect("a picture");
    let cup = find_cup(&picture);
    assert!(cup.found);
    // Rim of the espresso cup in the 600 x 400 photo: centre about (290, 115).
    let scale = 600.0 / picture.width as f64;
    assert!((cup.rim.x * scale - 290.0).abs() < 30.0, "{cup:?}");
    assert!((cup.rim.y * scale - 115.0).abs() < 20.0, "{cup:?}");
    assert!(look_at(CUP).is_cup);
}

#[test]
fn a_plain_grey_sheet_is_no_cup_and_says_so() {
    let sight = look_at(&png(&RgbImage::from_pixel(300, 200, Rgb([128, 128, 128]))));
    assert!(!sight.is_cup);
    assert!(sight.summary.contains("No dark shape"), "{}", sight.summary);
    assert!(sight.patterns.iter().all(|p| p.shape.contains("shadow")));
}

#[test]
fn what_cannot_be_decoded_is_refused_and_tiny_pictures_do_no_harm() {
    assert!(see(b"not a picture").is_err());
    assert!(see(&CUP[..CUP.len() / 2]).is_err());
    for (w, h) in [(1, 1), (2, 300), (7, 5)] {
        let sight = look_at(&png(&RgbImage::from_pixel(w, h, WOOD)));
        assert!(!sight.is_cup);
    }
}
