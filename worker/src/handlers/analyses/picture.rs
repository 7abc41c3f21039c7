//! From the photo as it was sent to the picture that the AI sees: upright, at most 800 x 800,
//! JPEG, and nothing in it but pixels (no place, no camera); and to its thumbnail, at most 200 x 200.
//! Pure computation: run it on a blocking thread.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits, Rgb, RgbImage};
use shared::features::analyses::photo::{self, PhotoFault};

/// The longest side of the picture, in pixels.
pub(super) const MAX_SIDE: u32 = 800;

/// The longest side of the thumbnail, in pixels.
pub(super) const THUMBNAIL_SIDE: u32 = 200;

/// JPEG quality of the result, of 100.
const QUALITY: u8 = 85;

/// The most memory that a decoder may ask for, in bytes: [`photo::MAX_PIXELS`] with four
/// channels of eight bits, and room to work.
const MAX_ALLOC: u64 = photo::MAX_PIXELS * 4 + 64 * 1024 * 1024;

/// What a photo becomes, as JPEGs.
#[derive(Debug)]
pub(super) struct Pictures {
    pub for_ai: Vec<u8>,
    pub thumbnail: Vec<u8>,
}

/// Makes the pictures, from one decoding.
///
/// # Errors
/// What is wrong with the photo.
pub(super) fn prepare(original: &[u8]) -> Result<Pictures, PhotoFault> {
    photo::inspect(Cursor::new(original))?;
    let upright = decode(original).map_err(|why| PhotoFault::Broken(why.to_string()))?;
    let picture = DynamicImage::ImageRgb8(on_white(within(upright, MAX_SIDE)));
    let encoded =
        |picture: &DynamicImage| encode(picture).map_err(|why| PhotoFault::Broken(why.to_string()));
    Ok(Pictures {
        for_ai: encoded(&picture)?,
        thumbnail: encoded(&within(picture, THUMBNAIL_SIDE))?,
    })
}

/// The picture, made smaller if one of its sides is longer than `side`.
fn within(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width() > side || picture.height() > side {
        picture.resize(side, side, FilterType::Lanczos3)
    } else {
        picture
    }
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

fn encode(picture: &DynamicImage) -> image::ImageResult<Vec<u8>> {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(picture)?;
    Ok(jpeg)
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
