//! Pictures from WebPs; the first frame of animated ones.

use std::borrow::Cow;
use std::io::Cursor;

use image_webp::{UpsamplingMethod, WebPDecoder};

use crate::exif::Orientation;
use crate::picture::Picture;
use crate::shrink::{Kind, Shrink};
use crate::{Cancel, Fault, Limits};

/// The picture of a WebP, within `side` x `side`.
pub(crate) fn decode(
    file: &[u8],
    side: u32,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Picture, Fault> {
    // The length after "RIFF": pixels may be whole without the chunks behind them, the photo is not.
    if let Some([a, b, c, d]) = file.get(4..8)
        && file.len() < u32::from_le_bytes([*a, *b, *c, *d]) as usize + 8
    {
        return Err(Fault::Truncated);
    }
    let file = &*with_true_flags(file);
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
    let mut shrink = Shrink::new(kind, (width, height), side, limits)?;
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

/// Names and places of the chunks of a file; those within frames too.
fn chunks(file: &[u8]) -> impl Iterator<Item = (&[u8], usize)> {
    let mut at = 12_usize;
    std::iter::from_fn(move || {
        let [name @ .., a, b, c, d] = file.get(at..at.checked_add(8)?)? else {
            return None;
        };
        let body = at + 8;
        let length = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
        at = body
            + if name == b"ANMF" {
                16
            } else {
                length + length % 2
            };
        Some((name, body))
    })
}

/// The file, whose flags claim no chunk that is not there: `image-webp` refuses such a picture, which every
/// viewer shows (RFC 9649, section 2.7: the flags stand in the first byte of `VP8X`).
fn with_true_flags(file: &[u8]) -> Cow<'_, [u8]> {
    const FLAGS: usize = 20;
    const CLAIMS: [(u8, &[u8]); 4] = [
        (0x10, b"ALPH"),
        (0x08, b"EXIF"),
        (0x04, b"XMP "),
        (0x02, b"ANMF"),
    ];
    if file.get(12..16) != Some(b"VP8X") || file.len() <= FLAGS {
        return Cow::Borrowed(file);
    }
    let has = |name: &[u8]| chunks(file).any(|(chunk, _)| chunk == name);
    let false_claims = CLAIMS.iter().filter(|(flag, name)| {
        // Of a lossless picture the opacity is in its pixels.
        let is_in_pixels = *flag == 0x10 && has(b"VP8L");
        file[FLAGS] & flag != 0 && !is_in_pixels && !has(name)
    });
    let false_flags = false_claims.fold(0, |flags, (flag, _)| flags | flag);
    if false_flags == 0 {
        return Cow::Borrowed(file);
    }
    let mut file = file.to_vec();
    file[FLAGS] &= !false_flags;
    Cow::Owned(file)
}

/// Refuses lossy frames that are larger than the picture: `image-webp` finds that out when it has
/// decoded them. Walks the chunks (RFC 9649), and those within frames of an animation.
fn check_frames(file: &[u8], width: usize, height: usize) -> Result<(), Fault> {
    for (name, at) in chunks(file) {
        // Both sides in 14 bits each, behind a frame tag and a start code (RFC 6386, section 9.1).
        if name == b"VP8 "
            && let Some([w0, w1, h0, h1]) = file.get(at + 6..at + 10)
        {
            let side = |low, high| usize::from(u16::from_le_bytes([low, high]) & 0x3FFF);
            if side(*w0, *w1) > width || side(*h0, *h1) > height {
                return Err(Fault::broken("a frame in it is larger than itself"));
            }
        }
    }
    Ok(())
}
