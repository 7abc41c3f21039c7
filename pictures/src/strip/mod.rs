//! A photo without what it says beside its pixels: place, camera, time, comments, previews, other programs'
//! data, and whatever stands behind its end. The compressed pixels are copied byte by byte; colours (ICC,
//! gamma, transparency) and which way is up stay.
//!
//! Reads once from front to end with little memory, and knows no more of the formats than where their parts
//! begin. Sources: ITU T.81 annex B and JFIF 1.02; PNG specification, third edition; RFC 9649.

mod jpeg;
mod png;
mod webp;

use std::io::{BufRead, Error, ErrorKind, Read, Result, Seek, Write};

use crate::exif::Orientation;

/// Copies a photo without what it says beside its pixels.
///
/// # Errors
/// `UnexpectedEof` if the photo is truncated, `InvalidData` if it is no photo; those of both ends.
pub fn strip(mut source: impl BufRead, mut sink: impl Write + Seek) -> Result<()> {
    let mut start = [0; 12];
    source.read_exact(&mut start)?;
    match &start {
        [0xFF, 0xD8, 0xFF, ..] => jpeg::strip(start[2..].chain(source), &mut sink)?,
        [0x89, b'P', b'N', b'G', ..] => png::strip(start[8..].chain(source), &mut sink)?,
        [b'R', b'I', b'F', b'F', .., b'W', b'E', b'B', b'P'] => {
            let length = u32::from_le_bytes([start[4], start[5], start[6], start[7]]);
            let rest = u64::from(length).saturating_sub(4);
            webp::strip(source.take(rest), &mut sink)?;
        }
        _ => return Err(broken("not a photo")),
    }
    sink.flush()
}

/// The most bytes of EXIF data that are read.
const EXIF_MAX: u64 = 1 << 20;

fn broken(why: &str) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}

fn take<const N: usize>(source: &mut impl Read) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Copies so many bytes.
fn copy(source: &mut impl Read, sink: &mut impl Write, bytes: u64) -> Result<()> {
    match std::io::copy(&mut source.take(bytes), sink)? {
        copied if copied == bytes => Ok(()),
        _ => Err(ErrorKind::UnexpectedEof.into()),
    }
}

/// Passes over so many bytes.
fn skip(source: &mut impl Read, bytes: u64) -> Result<()> {
    copy(source, &mut std::io::sink(), bytes)
}

/// EXIF data that say nothing but which way is up, of other data of this length; none if that is as the
/// pixels lie.
fn only_orientation(source: &mut impl Read, bytes: u64) -> Result<Option<[u8; 26]>> {
    let read = bytes.min(EXIF_MAX);
    let mut exif = Vec::new();
    if source.take(read).read_to_end(&mut exif)? as u64 != read {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    skip(source, bytes - read)?;
    Ok(Orientation::read(&exif).as_exif())
}
