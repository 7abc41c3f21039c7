//! Small files that would become large, and work whose result is not waited for. What bombs take of memory
//! is measured by tests/memory, in a process of its own.

use pictures::{Cancel, Fault, Limits};

use super::made::{claiming, packed, png_of};
use super::{LIMITS, fixture, prepare};

#[test]
fn a_photo_that_claims_more_than_it_holds_is_refused() {
    let jpeg = claiming(fixture("cup-420.jpg"), 0xC0, 7_000, 7_000);
    assert_eq!(prepare(&jpeg).err(), Some(Fault::Truncated));
    let png = png_of(
        7_000,
        7_000,
        &[(b"IDAT", packed(1 << 16)), (b"IEND", vec![])],
    );
    assert!(prepare(&png).is_err());
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
        memory: 5_000,
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
fn what_the_decoder_of_webps_holds_beside_is_counted() {
    // 48 x 64 pixels: three bytes of each are put out, four more are held meanwhile.
    let limits = |memory| Limits { memory, ..LIMITS };
    let webp = fixture("turned-6.webp");
    let prepare = |memory| pictures::prepare(&webp, &limits(memory), &Cancel::default());
    assert!(matches!(prepare(48 * 64 * 6), Err(Fault::TooMuch(_))));
    assert!(prepare(48 * 64 * 7).is_ok());
}

#[test]
fn cancelled_work_does_not_unpack_pixels() {
    let cancelled = Cancel::default();
    cancelled.cancel();
    for (name, pixels) in [
        ("turned-6.png", b"IDAT"),
        ("interlaced.png", b"IDAT"),
        ("turned-6.webp", b"VP8L"),
    ] {
        let mut photo = fixture(name);
        let at = photo.windows(4).position(|bytes| bytes == pixels);
        let at = at.expect("pixels");
        // Behind the name and the length, and what WebPs have there before they are opened.
        photo[at + 16..at + 40].fill(0xEE);
        assert!(matches!(prepare(&photo), Err(Fault::Broken(_))), "{name}");
        let ended = pictures::prepare(&photo, &LIMITS, &cancelled);
        assert_eq!(ended.err(), Some(Fault::Cancelled), "{name}");
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
