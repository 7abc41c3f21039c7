//! Pictures from untrusted bytes: the type taken from the bytes, bounds on size and
//! memory, turned upright. Called by `eye`, and by the
//! sandbox for the photos of its chats.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageReader, ImageResult, Limits};

/// No side may be longer; a bomb of 30000 x 30000 is refused before it is unpacked.
const LONGEST: u32 = 20_000;
/// Bytes one decoding may take.
const MEMORY: u64 = 512 * 1024 * 1024;

/// The picture, upright.
pub fn upright(bytes: &[u8]) -> ImageResult<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST);
    limits.max_image_height = Some(LONGEST);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}
