//! What bombs take of memory, by the peak of this process: no other test may run in it.

#[path = "../it/made.rs"]
mod made;

use std::time::{Duration, Instant};

use made::{claiming, packed, png_of};
use pictures::{Cancel, Fault, Limits, Pictures};

const LIMITS: Limits = Limits {
    pixels: 50_000_000,
    memory: 200_000_000,
};

fn fixture(name: &str) -> Vec<u8> {
    let path = format!("{}/../fixtures/images/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

fn prepare(photo: &[u8]) -> Result<Pictures, Fault> {
    pictures::prepare(photo, &LIMITS, &Cancel::default())
}

/// The most memory that this process ever had, in bytes.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .expect("a peak");
    let digits: String = line.chars().filter(char::is_ascii_digit).collect();
    digits.parse::<usize>().expect("a number") * 1024
}

/// Files that claim 60,000 x 60,000 pixels.
fn claimed() -> Vec<Vec<u8>> {
    let jpegs = [("cup-420.jpg", 0xC0), ("cup-420-progressive.jpg", 0xC2)];
    let mut bombs: Vec<_> = jpegs
        .into_iter()
        .map(|(name, marker)| claiming(fixture(name), marker, 60_000, 60_000))
        .collect();
    bombs.push(png_of(
        60_000,
        60_000,
        &[(b"IDAT", packed(1 << 20)), (b"IEND", vec![])],
    ));
    let mut webp = fixture("turned-6.webp");
    // VP8X: both sides less one in 24 bits each, from byte 24 on.
    webp[24..30].copy_from_slice(&[0x5F, 0xEA, 0, 0x5F, 0xEA, 0]);
    bombs.push(webp);
    bombs
}

#[test]
fn bombs_take_no_memory() {
    // A gigabyte behind a picture of 64 x 64, and behind its profile.
    let bomb = packed(1 << 30);
    assert!(bomb.len() < 2 << 20);
    let profile = [b"icc\0\0", bomb.as_slice()].concat();
    let pixels = png_of(64, 64, &[(b"IDAT", bomb), (b"IEND", vec![])]);
    let behind_profile = png_of(
        64,
        64,
        &[
            (b"iCCP", profile),
            (b"IDAT", packed(1 << 16)),
            (b"IEND", vec![]),
        ],
    );
    let claimed = claimed();
    let before = peak();
    let started = Instant::now();

    for bomb in &claimed {
        let refused = prepare(bomb).expect_err("a bomb");
        assert!(
            matches!(refused, Fault::TooManyPixels { .. }),
            "{refused:?}"
        );
    }
    let read = prepare(&pixels);
    assert!(read.is_ok(), "{:?}", read.err());
    let read = prepare(&behind_profile);
    assert!(read.is_ok(), "{:?}", read.err());
    let taken = peak() - before;
    assert!(taken < 64 << 20, "{taken} bytes");
    assert!(started.elapsed() < Duration::from_secs(20));

    // That the peak shows what is taken; twice as much, for the system may have taken pages back.
    let whole = vec![1_u8; 128 << 20];
    assert!(std::hint::black_box(&whole).len() == 128 << 20);
    assert!(peak() - before >= 64 << 20);
}
