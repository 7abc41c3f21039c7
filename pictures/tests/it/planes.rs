//! Planes, beside those that libjpeg-turbo decodes (see fixtures/images/make.py).

use pictures::inside::{Decoded, Plane, decode};
use pictures::{Cancel, Fault};

use super::{LIMITS, fixture};

/// The marker of a segment of Huffman tables (ITU T.81, table B.1).
const DHT: u8 = 0xC4;

fn decoded(name: &str, side: u32) -> Decoded {
    decode(&fixture(name), side, &LIMITS, &Cancel::default()).expect(name)
}

fn plane_of_libjpeg(name: &str) -> Vec<u8> {
    let plane = image::load_from_memory(&fixture(name)).expect(name);
    plane.into_luma8().into_raw()
}

/// The samples of a plane that the picture covers, where its sides are whole blocks.
fn samples(of: &Decoded, plane: usize) -> &[u8] {
    let plane = &of.planes[plane];
    assert_eq!(plane.stride as f64, plane.width);
    &plane.samples[..plane.stride * plane.height as usize]
}

/// How far the two are apart where they are furthest.
fn furthest(found: &[u8], expected: &[u8]) -> u8 {
    assert_eq!(found.len(), expected.len());
    let pairs = found.iter().zip(expected);
    pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(u8::MAX)
}

/// All planes at eight samples a block, also of colours of which less would be enough.
fn unscaled(name: &str) -> Vec<Plane> {
    pictures::inside::unscaled(&fixture(name), &LIMITS).expect(name)
}

/// A row of colours at half the width, made as wide as the picture as libjpeg does it: three
/// quarters of a sample, and a quarter of the neighbour.
fn widened(row: &[u8]) -> Vec<u8> {
    let at = |x: usize| u16::from(row[x.min(row.len() - 1)]);
    let pair = |x: usize| {
        let before = at(x.saturating_sub(1));
        [
            (3 * at(x) + before + 1) / 4,
            (3 * at(x) + at(x + 1) + 2) / 4,
        ]
    };
    (0..row.len())
        .flat_map(pair)
        .map(|sample| sample as u8)
        .collect()
}

#[test]
fn at_full_size_each_sample_is_libjpegs_give_or_take_one() {
    let expected = plane_of_libjpeg("cup-444.y.png");
    for name in [
        "cup-444.jpg",
        "cup-422.jpg",
        "cup-420.jpg",
        "cup-444-progressive.jpg",
        "cup-422-progressive.jpg",
        "cup-420-progressive.jpg",
        "cup-restarts.jpg",
        "cup-progressive-restarts.jpg",
    ] {
        let decoded = decoded(name, 96);
        let worst = furthest(samples(&decoded, 0), &expected);
        assert!(worst <= 1, "{name}: {worst}");
    }
}

#[test]
fn colours_are_libjpegs_at_every_sampling() {
    for (plane, colour) in [(1, "cb"), (2, "cr")] {
        for kind in ["", "-progressive"] {
            let full = |sampling| unscaled(&format!("cup-{sampling}{kind}.jpg")).swap_remove(plane);
            let whole = full("444");
            let expected = plane_of_libjpeg(&format!("cup-444.{colour}.png"));
            let worst = furthest(&whole.samples, &expected);
            assert!(worst <= 1, "4:4:4{kind} {colour}: {worst}");

            let narrow = full("422");
            let wide: Vec<u8> = narrow
                .samples
                .chunks(narrow.stride)
                .flat_map(widened)
                .collect();
            let expected = plane_of_libjpeg(&format!("cup-422.{colour}.png"));
            let worst = furthest(&wide, &expected);
            assert!(worst <= 2, "4:2:2{kind} {colour}: {worst}");

            let small = full("420");
            let expected = plane_of_libjpeg(&format!("cup-420-half.{colour}.png"));
            let worst = furthest(&small.samples, &expected);
            assert!(worst <= 1, "4:2:0{kind} {colour}: {worst}");
        }
    }
}

#[test]
fn at_half_size_brightness_is_near_to_libjpegs() {
    // Not the same: libjpeg-turbo takes means of four samples, here the finer waves are left out.
    let expected = plane_of_libjpeg("cup-420-half.y.png");
    for name in ["cup-420.jpg", "cup-420-progressive.jpg"] {
        let decoded = decoded(name, 48);
        let found = samples(&decoded, 0);
        let apart: u32 = found
            .iter()
            .zip(&expected)
            .map(|(a, b)| u32::from(a.abs_diff(*b)))
            .sum();
        let mean = f64::from(apart) / expected.len() as f64;
        assert!(mean < 3.0, "{name}: {mean}");
    }
}

#[test]
fn damage_is_no_panic_at_any_scale() {
    for name in [
        "cup-444.jpg",
        "cup-420.jpg",
        "cup-restarts.jpg",
        "cup-444-progressive.jpg",
        "cup-420-progressive.jpg",
        "cup-progressive-restarts.jpg",
    ] {
        let whole = fixture(name);
        // The same row of pseudo-random numbers in each run (see broken.rs).
        let mut seed = 1_u32;
        let mut next = move || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) as usize
        };
        for _ in 0..500 {
            let mut damaged = whole.clone();
            for _ in 0..=next() % 3 {
                let at = next() % damaged.len();
                damaged[at] = next() as u8;
            }
            for side in [10, 20, 40, 96] {
                drop(decode(&damaged, side, &LIMITS, &Cancel::default()));
            }
        }
    }
}

/// A JPEG with these segments before its first.
fn beginning_with(jpeg: &[u8], segments: &[u8]) -> Vec<u8> {
    [&jpeg[..2], segments, &jpeg[2..]].concat()
}

/// A segment of so many tables without a code.
fn empty_tables(count: usize) -> Vec<u8> {
    let mut segment = vec![0xFF, DHT];
    segment.extend((2 + count as u16 * 17).to_be_bytes());
    let table = [[0x10].as_slice(), &[0; 16]].concat();
    segment.extend(table.repeat(count));
    segment
}

#[test]
fn more_tables_than_a_photo_has_are_refused() {
    for name in ["cup-420.jpg", "cup-420-progressive.jpg"] {
        let jpeg = fixture(name);
        let decoded = |segments: &[u8]| {
            let file = beginning_with(&jpeg, segments);
            decode(&file, 96, &LIMITS, &Cancel::default())
        };
        assert!(decoded(&empty_tables(900)).is_ok(), "{name}");
        let refused = decoded(&empty_tables(500).repeat(3)).expect_err(name);
        assert!(matches!(refused, Fault::TooMuch(_)), "{name}: {refused:?}");
    }
}

#[test]
fn cancelled_work_reads_no_tables() {
    let cancelled = Cancel::default();
    cancelled.cancel();
    // Three codes of one bit, which cannot be: found out when reading goes on.
    let broken = [&[0xFF, DHT, 0, 22, 0, 3][..], &[0; 15], &[1, 2, 3]].concat();
    for name in ["cup-420.jpg", "cup-420-progressive.jpg"] {
        let file = beginning_with(&fixture(name), &broken);
        let refused = |cancel: &Cancel| decode(&file, 96, &LIMITS, cancel).expect_err(name);
        assert!(matches!(refused(&Cancel::default()), Fault::Broken(_)));
        assert_eq!(refused(&cancelled), Fault::Cancelled, "{name}");
    }
}

#[test]
fn at_every_scale_progressive_and_sequential_are_the_same() {
    for sampling in ["444", "422", "420"] {
        for side in [10, 20, 40, 96] {
            let sequential = decoded(&format!("cup-{sampling}.jpg"), side);
            let progressive = decoded(&format!("cup-{sampling}-progressive.jpg"), side);
            for (a, b) in sequential.planes.iter().zip(&progressive.planes) {
                assert_eq!(a.samples, b.samples, "{sampling} within {side}");
            }
        }
    }
}

#[test]
fn a_smaller_scale_shows_the_means_of_what_the_larger_one_shows() {
    let whole = plane_of_libjpeg("cup-444.y.png");
    for (side, scale) in [(48, 2), (24, 4), (12, 8)] {
        let decoded = decoded("cup-444.jpg", side);
        let found = samples(&decoded, 0);
        let width = 96 / scale;
        assert_eq!(found.len(), width * 64 / scale);
        let mut off = 0.0;
        for (at, sample) in found.iter().enumerate() {
            let (x, y) = (at % width * scale, at / width * scale);
            let square = (0..scale * scale).map(|i| whole[(y + i / scale) * 96 + x + i % scale]);
            let mean = square.map(f64::from).sum::<f64>() / (scale * scale) as f64;
            off += (mean - f64::from(*sample)).abs();
        }
        off /= found.len() as f64;
        assert!(off < 3.0, "1/{scale}: {off}");
    }
}
