//! Pictures from WebPs; the first frame of animated ones.

use std::io::Cursor;

use image_webp::{UpsamplingMethod, WebPDecoder};

use crate::exif::Orientation;
use crate::picture::Picture;
use crate::shrink::{Kind, Shrink};
use crate::{Cancel, Fault, Limits};

/// The picture of a WebP.
pub(crate) fn decode(file: &[u8], limits: &Limits, cancel: &Cancel) -> Result<Picture, Fault> {
    // The length after "RIFF": pixels may be whole without the chunks behind them, the photo is not.
    if let Some([a, b, c, d]) = file.get(4..8)
        && file.len() < u32::from_le_bytes([*a, *b, *c, *d]) as usize + 8
    {
        return Err(Fault::Truncated);
    }
    let mut decoder = WebPDecoder::new(Cursor::new(file)).map_err(Fault::broken)?;
    decoder.set_memory_limit(limits.memory);
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    limits.check_pixels(width, height)?;
    let kind = if decoder.has_alpha() {
        Kind::Rgba
    } else {
        Kind::Rgb
    };
    let mut shrink = Shrink::new(kind, width, height, limits)?;
    if shrink.halves() {
        // Squares of pixels that share a sample of colour become one pixel, so nothing is lost.
        decoder.set_lossy_upsampling(UpsamplingMethod::Simple);
    }
    let bytes = decoder.output_buffer_size().unwrap_or(usize::MAX);
    limits.check_memory(bytes)?;
    let mut whole = vec![0; bytes];
    decoder.read_image(&mut whole).map_err(Fault::broken)?;
    for row in whole.chunks_exact(width * kind.channels()) {
        cancel.check()?;
        shrink.push(row);
    }
    let exif = decoder.exif_metadata().ok().flatten();
    let orientation = exif
        .as_deref()
        .map_or(Orientation::UPRIGHT, Orientation::read);
    let icc = decoder.icc_profile().ok().flatten();
    shrink.finish(orientation, icc.as_deref())
}
