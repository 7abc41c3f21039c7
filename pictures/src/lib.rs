//! From the photo as it was sent to the picture that the AI sees: upright, at most 800 x 800, sRGB,
//! JPEG, and nothing in it but pixels (no place, no camera); and to its thumbnail, at most 200 x 200.
//! Beside that, any picture of a person as such a JPEG: [`jpeg_within`].
//!
//! Pure computation, called by the worker's step `PrepareImage`, by the API and by `bench/image`: run it on
//! a blocking thread. What a file claims is held against [`Limits`] before memory is asked for, and
//! [`Cancel`] ends the work within a row of blocks.

mod cancel;
mod colour;
mod encode;
mod exif;
mod fault;
mod jpeg;
mod picture;
mod png;
mod resize;
mod shrink;
mod strip;
mod webp;

/// For the tests: what they look into, and no part of the interface. They stand in `tests/`, because
/// unit tests would compile all of this a second time, and optimised.
#[doc(hidden)]
pub mod inside {
    pub use crate::jpeg::{Bits, Decoded, NATURAL, Plane, Transforms, decode, unscaled};
}

pub use cancel::Cancel;
pub use fault::{Fault, Limits};
pub use strip::strip;

use picture::Picture;

/// The longest side of the picture, in pixels.
pub const MAX_SIDE: u32 = 800;

/// The longest side of the thumbnail, in pixels.
pub const THUMBNAIL_SIDE: u32 = 200;

/// What a photo becomes, as JPEGs.
#[derive(Debug)]
pub struct Pictures {
    pub for_ai: Vec<u8>,
    pub thumbnail: Vec<u8>,
}

/// Makes the pictures, from one decoding. The bytes decide what the photo is.
///
/// # Errors
/// What is wrong with the photo; [`Fault::Cancelled`].
pub fn prepare(original: &[u8], limits: &Limits, cancel: &Cancel) -> Result<Pictures, Fault> {
    let picture = decode(original, MAX_SIDE, limits, cancel)?;
    cancel.check()?;
    let for_ai = encode::jpeg(&picture)?;
    let thumbnail = encode::jpeg(&picture.within(THUMBNAIL_SIDE)?)?;
    Ok(Pictures { for_ai, thumbnail })
}

/// The picture alone as a JPEG, upright, in sRGB; smaller if one of its sides is longer than `side`.
///
/// # Errors
/// What is wrong with the picture; [`Fault::Cancelled`].
pub fn jpeg_within(
    side: u32,
    original: &[u8],
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Vec<u8>, Fault> {
    let picture = decode(original, side, limits, cancel)?;
    cancel.check()?;
    encode::jpeg(&picture)
}

/// The picture within `side` x `side`, upright, in sRGB.
fn decode(original: &[u8], side: u32, limits: &Limits, cancel: &Cancel) -> Result<Picture, Fault> {
    match original {
        [0xFF, 0xD8, 0xFF, ..] => picture::from_jpeg(original, side, limits, cancel),
        [0x89, b'P', b'N', b'G', ..] => png::decode(original, side, limits, cancel),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => webp::decode(original, side, limits, cancel),
        _ => Err(Fault::UnknownFormat),
    }
}
