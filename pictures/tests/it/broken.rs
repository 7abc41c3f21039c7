//! Photos that are none any more: a fault, and no panic.

use pictures::Fault;

use super::{fixture, prepare};

const PHOTOS: [&str; 7] = [
    "cup-420.jpg",
    "cup-420-progressive.jpg",
    "cup-restarts.jpg",
    "turned-6.png",
    "palette.png",
    "interlaced.png",
    "turned-6.webp",
];

#[test]
fn zero_bytes_and_other_files_are_no_photo() {
    let gif = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;".as_slice();
    for bytes in [
        b"".as_slice(),
        b"\xFF\xD8",
        b"I am a photo, believe me",
        gif,
    ] {
        assert_eq!(prepare(bytes).err(), Some(Fault::UnknownFormat));
    }
}

#[test]
fn a_photo_cut_anywhere_is_refused() {
    for name in PHOTOS {
        let whole = fixture(name);
        assert!(prepare(&whole).is_ok(), "{name}");
        for part in 1..40 {
            let cut = &whole[..whole.len() * part / 40];
            assert!(prepare(cut).is_err(), "{name} cut at {part}/40");
        }
    }
}

#[test]
fn damage_anywhere_is_never_a_panic() {
    for name in PHOTOS {
        let whole = fixture(name);
        // A fixed row of pseudo-random numbers (Numerical Recipes' generator): the same each run.
        let mut seed = 1_u32;
        let mut next = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize
        };
        for _ in 0..1_500 {
            let mut damaged = whole.clone();
            for _ in 0..=next() % 3 {
                let at = next() % damaged.len();
                damaged[at] = next() as u8;
            }
            // Some damage changes pixels only; a panic fails the test.
            drop(prepare(&damaged));
        }
    }
}

#[test]
fn pixels_that_do_not_unpack_are_a_fault() {
    let mut png = fixture("grey.png");
    let data = png
        .windows(4)
        .position(|bytes| bytes == b"IDAT")
        .expect("pixels");
    png[data + 6..data + 14].fill(0xEE);
    assert!(matches!(prepare(&png), Err(Fault::Broken(_))));
}
