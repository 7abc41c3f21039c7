//! Small files that would become large, and work for which nobody waits.

use std::io::Write;
use std::time::{Duration, Instant};

use pictures::{Cancel, Fault, Limits};

use super::{LIMITS, fixture, prepare};

/// Puts a size into the frame header of a JPEG.
fn claiming(mut jpeg: Vec<u8>, marker: u8, width: u16, height: u16) -> Vec<u8> {
    let frame = jpeg
        .windows(2)
        .position(|at| at == [0xFF, marker])
        .expect("a frame");
    jpeg[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    jpeg[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    jpeg
}

/// A PNG of these chunks after its header; grey, one bit a pixel.
fn png_of(width: u32, height: u32, chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([1, 0, 0, 0, 0]);
    let first = [(b"IHDR", header)];
    for (name, data) in first.iter().chain(chunks) {
        file.extend((data.len() as u32).to_be_bytes());
        let mut body = name.to_vec();
        body.extend(data);
        file.extend(&body);
        file.extend(crc32fast::hash(&body).to_be_bytes());
    }
    file
}

/// So many zeros, packed by zlib.
fn packed(zeros: usize) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let block = vec![0; 1 << 16];
    for _ in 0..zeros >> 16 {
        packer.write_all(&block).expect("packed");
    }
    packer.finish().expect("packed")
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

#[test]
fn a_bomb_by_claimed_size_is_refused_in_every_format() {
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
    let before = peak();
    for bomb in &bombs {
        let refused = prepare(bomb).expect_err("a bomb");
        assert!(
            matches!(refused, Fault::TooManyPixels { .. } | Fault::Broken(_)),
            "{refused:?}"
        );
    }
    assert!(peak() - before < 64 << 20, "{} bytes", peak() - before);
}

#[test]
fn a_photo_that_claims_more_than_it_holds_is_refused() {
    let jpeg = claiming(fixture("cup-420.jpg"), 0xC0, 7_000, 7_000);
    assert!(matches!(prepare(&jpeg), Err(Fault::Broken(_))));
    let png = png_of(
        7_000,
        7_000,
        &[(b"IDAT", packed(1 << 16)), (b"IEND", vec![])],
    );
    assert!(prepare(&png).is_err());
}

#[test]
fn a_bomb_by_real_size_takes_no_memory() {
    // Two gigabytes behind a picture of 64 x 64, and behind its profile.
    let bomb = packed(2 << 30);
    assert!(bomb.len() < 3 << 20);
    let mut profile = b"icc\0\0".to_vec();
    profile.extend(&bomb);
    let before = peak();
    let pixels = png_of(64, 64, &[(b"IDAT", bomb), (b"IEND", vec![])]);
    let started = Instant::now();
    drop(prepare(&pixels));
    let chunk = png_of(
        64,
        64,
        &[
            (b"iCCP", profile),
            (b"IDAT", packed(1 << 16)),
            (b"IEND", vec![]),
        ],
    );
    drop(prepare(&chunk));
    assert!(peak() - before < 64 << 20, "{} bytes", peak() - before);
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_photo_of_thousands_of_scans_is_refused() {
    let jpeg = fixture("cup-420-progressive.jpg");
    // The last scan again and again: each would be work over all blocks.
    let last = jpeg
        .windows(2)
        .rposition(|at| at == [0xFF, 0xDA])
        .expect("a scan");
    let scan = &jpeg[last..jpeg.len() - 2];
    let mut bomb = jpeg[..last].to_vec();
    (0..3_000).for_each(|_| bomb.extend(scan));
    bomb.extend([0xFF, 0xD9]);
    assert!(matches!(prepare(&bomb), Err(Fault::TooMuch(_))));
}

#[test]
fn memory_is_asked_for_only_within_the_limit() {
    let small = Limits {
        memory: 10_000,
        ..LIMITS
    };
    for name in [
        "cup-444-progressive.jpg",
        "turned-6.webp",
        "sixteen-bits.png",
    ] {
        let refused = pictures::prepare(&fixture(name), &small, &Cancel::default());
        assert!(
            matches!(refused, Err(Fault::TooMuch(_))),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn cancelled_work_ends_at_once() {
    let cancelled = Cancel::default();
    cancelled.cancel();
    for name in [
        "cup-420.jpg",
        "cup-420-progressive.jpg",
        "turned-6.png",
        "turned-6.webp",
    ] {
        let ended = pictures::prepare(&fixture(name), &LIMITS, &cancelled);
        assert_eq!(ended.err(), Some(Fault::Cancelled), "{name}");
    }
}
