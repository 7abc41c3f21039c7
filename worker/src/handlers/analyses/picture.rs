//! From the photo as it was sent to the picture that the AI sees: upright, at most 800 x 800,
//! JPEG, and nothing in it but pixels (no place, no camera, no thumbnail). Pure computation:
//! run it on a blocking thread.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage};
use shared::features::analyses::photo::{self, PhotoFault};

/// The longest side of the result, in pixels.
pub(super) const MAX_SIDE: u32 = 800;

/// JPEG quality of the result, of 100.
const QUALITY: u8 = 85;

/// The most memory that a decoder may ask for, in bytes: [`photo::MAX_PIXELS`] with four
/// channels of eight bits, and room to work.
const MAX_ALLOC: u64 = photo::MAX_PIXELS * 4 + 64 * 1024 * 1024;

/// Makes the picture.
///
/// # Errors
/// What is wrong with the photo.
pub(super) fn prepare(original: &[u8]) -> Result<Vec<u8>, PhotoFault> {
    photo::inspect(Cursor::new(original))?;
    let upright = decode(original).map_err(|why| PhotoFault::Broken(why.to_string()))?;
    let small = if upright.width() > MAX_SIDE || upright.height() > MAX_SIDE {
        upright.resize(MAX_SIDE, MAX_SIDE, FilterType::Lanczos3)
    } else {
        upright
    };
    encode(&on_white(small)).map_err(|why| PhotoFault::Broken(why.to_string()))
}

fn decode(original: &[u8]) -> image::ImageResult<DynamicImage> {
    let mut reader = ImageReader::new(Cursor::new(original)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// JPEG knows no transparency; a cut-out cup stands on white.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0.map(u16::from);
        Rgb([r, g, b].map(|c| ((c * a + 255 * (255 - a)) / 255) as u8))
    })
}

fn encode(picture: &RgbImage) -> image::ImageResult<Vec<u8>> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(picture)?;
    Ok(jpeg)
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
