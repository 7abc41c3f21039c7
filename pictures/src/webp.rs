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
    check_frames(file, width, height)?;
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
    let beside = width * height * beside(&mut decoder);
    limits.check_memory(bytes.saturating_add(beside))?;
    cancel.check()?;
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

/// How many bytes of each pixel `image-webp` holds beside what it puts out, at most: they are not
/// counted by its own limit.
fn beside(decoder: &mut WebPDecoder<Cursor<&[u8]>>) -> usize {
    match (
        decoder.is_animated(),
        decoder.is_lossy(),
        decoder.has_alpha(),
    ) {
        // A canvas and a frame.
        (true, ..) => 4 + 4,
        // Planes of brightness and colours; the opacity comes as a lossless picture of its own.
        (_, true, true) => 2 + 5,
        (_, true, false) => 2,
        // In place, or with an opacity that is thrown away.
        (_, false, true) => 0,
        (_, false, false) => 4,
    }
}

/// Refuses lossy frames that are larger than the picture: `image-webp` finds that out when it has
/// decoded them. Walks the chunks (RFC 9649), and those within frames of an animation.
fn check_frames(file: &[u8], width: usize, height: usize) -> Result<(), Fault> {
    let mut at = 12;
    while let Some([name @ .., a, b, c, d]) = file.get(at..at + 8) {
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        at += 8;
        // Both sides in 14 bits each, behind a frame tag and a start code (RFC 6386, section 9.1).
        if name == b"VP8 "
            && let Some([w0, w1, h0, h1]) = file.get(at + 6..at + 10)
        {
            let side = |low, high| usize::from(u16::from_le_bytes([low, high]) & 0x3FFF);
            if side(*w0, *w1) > width || side(*h0, *h1) > height {
                return Err(Fault::broken("a frame in it is larger than itself"));
            }
        }
        at += if name == b"ANMF" {
            16
        } else {
            length + length % 2
        };
    }
    Ok(())
}
