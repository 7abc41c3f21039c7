//! Lanczos, by the SIMD of `fast_image_resize`.

use fast_image_resize::images::{TypedImage, TypedImageRef};
use fast_image_resize::pixels::{InnerPixel, U8, U8x3};
use fast_image_resize::{FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer};

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
    match of.channels {
        1 => resize_pixels::<U8>(of, width, height),
        _ => resize_pixels::<U8x3>(of, width, height),
    }
}

/// By the type of its pixels: through the crate's untyped images the code for all types would be
/// compiled in, which takes long.
fn resize_pixels<P: PixelTrait + InnerPixel>(
    of: &Source<'_>,
    width: usize,
    height: usize,
) -> Result<Vec<u8>, Fault> {
    let rows = of.samples.len() / (of.stride * of.channels).max(1);
    let source = TypedImageRef::<P>::from_buffer(of.stride as u32, rows as u32, of.samples)
        .map_err(Fault::broken)?;
    let mut samples = vec![0; width * height * of.channels];
    let mut result = TypedImage::<P>::from_buffer(width as u32, height as u32, &mut samples)
        .map_err(Fault::broken)?;
    let options = ResizeOptions::new()
        .crop(0.0, 0.0, of.width, of.height)
        .use_alpha(false)
        .resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new()
        .resize_typed(&source, &mut result, &options)
        .map_err(Fault::broken)?;
    Ok(samples)
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
