//! Looking at an uploaded photo without decoding it: what it is, how large it would become, and
//! whether its end is there. Called by the API before anything is stored, and by the worker for
//! photos that came through the bot.

use std::io::{BufRead, Read, Seek, SeekFrom};

use image::{ImageFormat, ImageReader};

use crate::error::{Error, ErrorCode};

/// The largest upload: 15 MB (design document, section 5.1).
pub const MAX_BYTES: usize = 15 * 1024 * 1024;

/// The most pixels that a worker will decode: 150 MB of memory.
pub const MAX_PIXELS: u64 = 50_000_000;

/// What a photo is, by its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Photo {
    pub format: ImageFormat,
    pub width: u32,
    pub height: u32,
}

impl Photo {
    /// The media type to store it under.
    pub fn content_type(&self) -> &'static str {
        self.format.to_mime_type()
    }
}

/// Why a photo is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhotoFault {
    #[error("it is not a JPEG, PNG or WebP image")]
    UnknownFormat,
    #[error("its header cannot be read: {0}")]
    Broken(String),
    #[error("its end is missing")]
    Truncated,
    #[error("it has {width} x {height} pixels; {MAX_PIXELS} are the most")]
    TooManyPixels { width: u32, height: u32 },
    #[error("it has more than {MAX_BYTES} bytes")]
    TooManyBytes,
}

impl PhotoFault {
    /// The code of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::TooManyPixels { .. } | Self::TooManyBytes => ErrorCode::ImageTooLarge,
            _ => ErrorCode::InvalidImageFormat,
        }
    }
}

impl From<PhotoFault> for Error {
    fn from(fault: PhotoFault) -> Self {
        Error::Invalid {
            code: fault.code(),
            field: "image",
            why: fault.to_string(),
        }
    }
}

/// Looks at a photo. Reads it once from end to end and keeps nothing of it in memory.
///
/// # Errors
/// The first fault found.
pub fn inspect<R: BufRead + Seek>(mut source: R) -> Result<Photo, PhotoFault> {
    let reader = ImageReader::new(&mut source)
        .with_guessed_format()
        .map_err(|why| PhotoFault::Broken(why.to_string()))?;
    let format = match reader.format() {
        Some(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => format,
        _ => return Err(PhotoFault::UnknownFormat),
    };
    let (width, height) = reader
        .into_dimensions()
        .map_err(|why| PhotoFault::Broken(why.to_string()))?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PhotoFault::TooManyPixels { width, height });
    }
    source.rewind().map_err(|_| PhotoFault::Truncated)?;
    let complete = match format {
        ImageFormat::Jpeg => jpeg_ends(&mut source),
        ImageFormat::Png => png_ends(&mut source),
        _ => webp_ends(&mut source),
    };
    // Running out of bytes is the one way in which reading from memory or a file fails here.
    complete.map_err(|_| PhotoFault::Truncated)?;
    Ok(Photo {
        format,
        width,
        height,
    })
}

/// Walks the segments to the end-of-image marker (ITU T.81, annex B). Looking for the two bytes
/// of that marker alone would find those of the thumbnail in the EXIF segment.
fn jpeg_ends<R: BufRead + Seek>(source: &mut R) -> std::io::Result<()> {
    const EOI: u8 = 0xD9;
    const SOS: u8 = 0xDA;
    source.seek(SeekFrom::Start(2))?;
    let mut marker = next_marker(source)?;
    loop {
        match marker {
            EOI => return Ok(()),
            // Markers without a length: restarts, and TEM.
            0x01 | 0xD0..=0xD7 => {}
            _ => {
                let length = u16::from_be_bytes(take(source)?);
                skip(source, i64::from(length) - 2)?;
            }
        }
        marker = if marker == SOS {
            marker_after_scan(source)?
        } else {
            next_marker(source)?
        };
    }
}

/// The next marker's code; fill bytes before it are passed over.
fn next_marker<R: BufRead>(source: &mut R) -> std::io::Result<u8> {
    loop {
        pass_until_ff(source)?;
        loop {
            match take::<1>(source)?[0] {
                0xFF => continue,
                0x00 => break,
                code => return Ok(code),
            }
        }
    }
}

/// The marker that ends the compressed data of a scan: not a stuffed byte, not a restart.
fn marker_after_scan<R: BufRead>(source: &mut R) -> std::io::Result<u8> {
    loop {
        match next_marker(source)? {
            0xD0..=0xD7 => continue,
            code => return Ok(code),
        }
    }
}

fn pass_until_ff<R: BufRead>(source: &mut R) -> std::io::Result<()> {
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let found = buffer.iter().position(|byte| *byte == 0xFF);
        let passed = found.map_or(buffer.len(), |at| at + 1);
        source.consume(passed);
        if found.is_some() {
            return Ok(());
        }
    }
}

/// Walks the chunks to `IEND` (PNG specification, section 5.3).
fn png_ends<R: BufRead + Seek>(source: &mut R) -> std::io::Result<()> {
    source.seek(SeekFrom::Start(8))?;
    loop {
        let length = u32::from_be_bytes(take(source)?);
        let name: [u8; 4] = take(source)?;
        skip(source, i64::from(length))?;
        let _crc: [u8; 4] = take(source)?;
        if &name == b"IEND" {
            return Ok(());
        }
    }
}

/// Compares the size in the RIFF header with what is there.
fn webp_ends<R: BufRead + Seek>(source: &mut R) -> std::io::Result<()> {
    source.seek(SeekFrom::Start(4))?;
    let promised = 8 + u64::from(u32::from_le_bytes(take(source)?));
    let there = source.seek(SeekFrom::End(0))?;
    if there < promised {
        Err(std::io::ErrorKind::UnexpectedEof.into())
    } else {
        Ok(())
    }
}

fn take<const N: usize>(source: &mut impl Read) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn skip(source: &mut impl Seek, bytes: i64) -> std::io::Result<()> {
    if bytes < 0 {
        Err(std::io::ErrorKind::InvalidData.into())
    } else {
        source.seek_relative(bytes)
    }
}

#[cfg(test)]
#[path = "photo_tests.rs"]
mod tests;
