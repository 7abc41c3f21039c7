//! Pictures from PNGs: row by row, of 8 or 16 bits, with a palette, grey, transparent; the first
//! frame of animated ones.

use std::io::Cursor;

use png::{ColorType, Decoder, DecodingError, InterlaceInfo, Reader, Transformations};

use crate::exif::Orientation;
use crate::picture::Picture;
use crate::shrink::{Kind, Shrink};
use crate::{Cancel, Fault, Limits};

/// The most that rows and unpacked chunks (profile, EXIF) may take, in bytes.
const MAX_CHUNKS: usize = 16 * 1024 * 1024;

/// The picture of a PNG, within `side` x `side`.
pub(crate) fn decode(
    file: &[u8],
    side: u32,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Picture, Fault> {
    let bytes = MAX_CHUNKS.min(limits.memory);
    let mut decoder = Decoder::new_with_limits(Cursor::new(file), png::Limits { bytes });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    let header = decoder.read_header_info().map_err(fault)?;
    limits.check_pixels(header.width as usize, header.height as usize)?;
    let mut reader = decoder.read_info().map_err(fault)?;
    let kind = match reader.output_color_type().0 {
        ColorType::Grayscale => Kind::Grey,
        ColorType::GrayscaleAlpha => Kind::GreyAlpha,
        ColorType::Rgb => Kind::Rgb,
        ColorType::Rgba | ColorType::Indexed => Kind::Rgba,
    };
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    let mut shrink = Shrink::new(kind, (width, height), side, limits)?;
    if reader.info().interlaced {
        interlaced(&mut reader, &mut shrink, limits, cancel)?;
    } else {
        for _ in 0..height {
            cancel.check()?;
            let row = reader.next_row().map_err(fault)?.ok_or(Fault::Truncated)?;
            shrink.push(row.data());
        }
    }
    // Which way is up may stand behind the pixels. What is wrong there leaves them as they are.
    if let Err(Fault::Truncated) = reader.finish().map_err(fault) {
        return Err(Fault::Truncated);
    }
    let info = reader.info();
    let exif = info.exif_metadata.as_deref();
    let orientation = exif.map_or(Orientation::UPRIGHT, Orientation::read);
    shrink.finish(orientation, info.icc_profile.as_deref())
}

/// The rows of interlaced pictures are whole only at their end.
fn interlaced(
    reader: &mut Reader<Cursor<&[u8]>>,
    shrink: &mut Shrink,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<(), Fault> {
    let bytes = reader.output_buffer_size().unwrap_or(usize::MAX);
    limits.check_memory(bytes)?;
    let line = reader.output_line_size(reader.info().width);
    let line = line.unwrap_or(usize::MAX);
    // Samples have 8 bits each, by the transformations.
    let bits = (reader.output_color_type().0.samples() * 8) as u8;
    let mut whole = vec![0; bytes];
    cancel.check()?;
    while let Some(row) = reader.next_interlaced_row().map_err(fault)? {
        if let InterlaceInfo::Adam7(place) = row.interlace() {
            png::expand_interlaced_row(&mut whole, line, row.data(), place, bits);
        }
        cancel.check()?;
    }
    for row in whole.chunks_exact(line) {
        cancel.check()?;
        shrink.push(row);
    }
    Ok(())
}

fn fault(why: DecodingError) -> Fault {
    match why {
        DecodingError::LimitsExceeded => Fault::TooMuch("a part of it is too large".to_owned()),
        DecodingError::IoError(why) if why.kind() == std::io::ErrorKind::UnexpectedEof => {
            Fault::Truncated
        }
        why => Fault::broken(why),
    }
}
