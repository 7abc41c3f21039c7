//! Photos.

use std::io::Cursor;
use std::time::Duration;

use fuzz::Target;
use pictures::{Cancel, Limits, MAX_SIDE};

use crate::{TEXT, ended, targets};

/// Less than a worker allows, so that an execution stays short.
const LIMITS: Limits = Limits {
    pixels: 1_000_000,
    memory: 16_000_000,
};

targets! {
    a_photo_becomes_a_picture_or_is_refused: Target {
        name: "images",
        words: &["\u{89}PNG", "IHDR", "IDAT", "PLTE", "eXIf", "iCCP", "RIFF", "WEBPVP8X", "ALPH", "ANMF",
                 "Exif\0\0II*\0", "ICC_PROFILE\0", "Adobe"],
        largest: 64 * 1024,
        slowest: Duration::from_secs(30),
        more: Some("fixtures/images"),
        run: image,
    },
    a_photo_is_inspected_or_refused: Target {
        name: "photos",
        words: &["IHDR", "IEND", "RIFF", "WEBPVP8 ", "WEBPVP8L", "WEBPVP8X", "ftypheic"],
        largest: 64 * 1024,
        more: Some("fixtures/images"),
        run: |bytes| ended(readings::photo::inspect(Cursor::new(bytes))),
        ..TEXT
    },
}

/// What becomes of a photo is a JPEG within its bounds, by another decoder.
fn image(bytes: &[u8]) -> String {
    let made = pictures::prepare(bytes, &LIMITS, &Cancel::default());
    if let Ok(pictures) = &made {
        let seen = image::load_from_memory_with_format(&pictures.for_ai, image::ImageFormat::Jpeg);
        let seen = seen.expect("a JPEG");
        assert!(seen.width().max(seen.height()) <= MAX_SIDE);
    }
    ended(made)
}
