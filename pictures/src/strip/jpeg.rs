//! JPEGs, segment by segment.

use std::io::{BufRead, Result, Write};

use super::{broken, copy, only_orientation, skip, take};

const EOI: u8 = 0xD9;
const SOS: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP14: u8 = 0xEE;
const APP15: u8 = 0xEF;
const JPG0: u8 = 0xF0;
const COM: u8 = 0xFE;

/// The parameters of `JFIF` without its preview: a name, a version, a density, and no pixels.
const JFIF: usize = 14;

/// `source` begins behind the first marker, SOI.
pub(super) fn strip(mut source: impl BufRead, sink: &mut impl Write) -> Result<()> {
    sink.write_all(&[0xFF, 0xD8])?;
    let mut marker = next_marker(&mut source)?;
    loop {
        match marker {
            EOI => return sink.write_all(&[0xFF, EOI]),
            // Without parameters, and without a meaning here.
            0x01 | 0xD0..=0xD8 => {}
            APP0..=APP15 | JPG0..=COM => application(marker, &mut source, sink)?,
            _ => {
                let length = length(&mut source)?;
                head(marker, length, sink)?;
                copy(&mut source, sink, length)?;
            }
        }
        marker = match marker {
            SOS => scan(&mut source, sink)?,
            _ => next_marker(&mut source)?,
        };
    }
}

/// The number of a segment's bytes behind its length.
fn length(source: &mut impl BufRead) -> Result<u64> {
    let length = u64::from(u16::from_be_bytes(take(source)?));
    length
        .checked_sub(2)
        .ok_or_else(|| broken("a length in it is wrong"))
}

fn head(marker: u8, length: u64, sink: &mut impl Write) -> Result<()> {
    let length = u16::try_from(length + 2).map_err(|_| broken("a segment is too long"))?;
    sink.write_all(&[0xFF, marker])?;
    sink.write_all(&length.to_be_bytes())
}

/// A segment of a program's own data: what decoders need of it.
fn application(marker: u8, source: &mut impl BufRead, sink: &mut impl Write) -> Result<()> {
    let length = length(source)?;
    let mut name = vec![0; usize::try_from(length.min(14)).unwrap_or(0)];
    source.read_exact(&mut name)?;
    let rest = length - name.len() as u64;
    match marker {
        APP0 if name.starts_with(b"JFIF\0") && name.len() == JFIF => {
            name[12..].fill(0);
            head(marker, JFIF as u64, sink)?;
            sink.write_all(&name)?;
            skip(source, rest)
        }
        APP1 if name.starts_with(b"Exif\0\0") => {
            let mut whole = std::io::Read::chain(&name[6..], source);
            let Some(exif) = only_orientation(&mut whole, length - 6)? else {
                return Ok(());
            };
            head(marker, 6 + exif.len() as u64, sink)?;
            sink.write_all(b"Exif\0\0")?;
            sink.write_all(&exif)
        }
        APP2 if name.starts_with(b"ICC_PROFILE\0") => keep(marker, &name, rest, source, sink),
        APP14 if name.starts_with(b"Adobe") => keep(marker, &name, rest, source, sink),
        _ => skip(source, rest),
    }
}

fn keep(
    marker: u8,
    name: &[u8],
    rest: u64,
    source: &mut impl BufRead,
    sink: &mut impl Write,
) -> Result<()> {
    head(marker, name.len() as u64 + rest, sink)?;
    sink.write_all(name)?;
    copy(source, sink, rest)
}

/// The next marker's code; other bytes before it are passed over.
fn next_marker(source: &mut impl BufRead) -> Result<u8> {
    loop {
        let found = until_ff(source, &mut std::io::sink())?;
        if found != 0 {
            return Ok(found);
        }
    }
}

/// Copies the compressed data of a scan; the marker that ends them.
fn scan(source: &mut impl BufRead, sink: &mut impl Write) -> Result<u8> {
    loop {
        match until_ff(source, sink)? {
            code @ (0 | 0xD0..=0xD7) => sink.write_all(&[0xFF, code])?,
            code => return Ok(code),
        }
    }
}

/// Copies up to the next 0xFF, and reads it, those that fill up behind it, and what follows.
fn until_ff(source: &mut impl BufRead, sink: &mut impl Write) -> Result<u8> {
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let found = memchr::memchr(0xFF, buffer);
        let end = found.unwrap_or(buffer.len());
        sink.write_all(&buffer[..end])?;
        source.consume(end + usize::from(found.is_some()));
        if found.is_some() {
            break;
        }
    }
    loop {
        match take::<1>(source)? {
            [0xFF] => continue,
            [code] => return Ok(code),
        }
    }
}
