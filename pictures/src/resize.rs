//! Lanczos, by the SIMD of `fast_image_resize`.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::Fault;

/// Pixels in rows without gaps, of one or three samples each, as the source of a resizing.
pub(crate) struct Source<'a> {
    pub samples: &'a [u8],
    /// 1 or 3.
    pub channels: usize,
    /// Pixels in a row.
    pub stride: usize,
    /// How much of it is the picture, in pixels, from the top left corner.
    pub width: f64,
    pub height: f64,
}

/// Makes exactly `width` x `height` pixels of it.
pub(crate) fn resize(of: &Source<'_>, width: usize, height: usize) -> Result<Vec<u8>, Fault> {
    let kind = match of.channels {
        1 => PixelType::U8,
        _ => PixelType::U8x3,
    };
    let rows = of.samples.len() / (of.stride * of.channels).max(1);
    let source = ImageRef::new(of.stride as u32, rows as u32, of.samples, kind);
    let mut result = Image::new(width as u32, height as u32, kind);
    let options = ResizeOptions::new()
        .crop(0.0, 0.0, of.width, of.height)
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new()
        .resize(&source.map_err(Fault::broken)?, &mut result, &options)
        .map_err(Fault::broken)?;
    Ok(result.into_vec())
}

/// The size within `side` x `side`, never larger than it was, at least one pixel.
pub(crate) fn fit(width: usize, height: usize, side: u32) -> (usize, usize) {
    let longest = width.max(height);
    let side = side as usize;
    if longest <= side {
        return (width, height);
    }
    let short = |of: usize| ((of * side + longest / 2) / longest).max(1);
    (short(width), short(height))
}
