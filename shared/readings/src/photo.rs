//! Inspects an uploaded photo without decoding it: its format, its size in pixels, and whether its end
//! is there. Called by the API before anything is stored, and by the worker for photos that came
//! through the bot.

use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom};

use image::ImageFormat;

use kernel::error::{Error, ErrorCode};

/// The largest upload: 15 MB (design document, section 5.1).
pub const MAX_BYTES: usize = 15 * 1024 * 1024;

/// The most pixels that a worker decodes. A photo takes at most four bytes of memory for each, for
/// samples, and most photos far less (docs/PIPELINE.md, "Image step").
pub const MAX_PIXELS: u64 = 50_000_000;

/// The format and size of a photo, read from its bytes.
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
    #[error("is not a JPEG, PNG or WebP image")]
    UnknownFormat,
    #[error("is a HEIC or AVIF photo; send it as JPEG")]
    Heic,
    #[error("cannot be read: {0}")]
    Broken(String),
    #[error("is truncated")]
    Truncated,
    /// The messenger has no such file, or not in time.
    #[error("could not be downloaded")]
    NotReady,
    #[error("has {width} x {height} pixels; at most {MAX_PIXELS} are allowed")]
    TooManyPixels { width: u32, height: u32 },
    #[error("has more than {MAX_BYTES} bytes")]
    TooManyBytes,
    /// A small file that would take more memory or time to decode than a photo may.
    #[error("decompresses to too much: {0}")]
    TooMuch(String),
}

impl PhotoFault {
    /// The code of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::TooManyPixels { .. } | Self::TooManyBytes | Self::TooMuch(_) => {
                crate::codes::IMAGE_TOO_LARGE
            }
            Self::Heic => crate::codes::HEIC_PHOTO,
            Self::Truncated | Self::NotReady => crate::codes::INCOMPLETE_PHOTO,
            _ => crate::codes::INVALID_IMAGE_FORMAT,
        }
    }
}

/// What is wrong with a photo that `pictures::strip` could not copy; `Internal` if it was not the photo.
pub fn strip_fault(why: std::io::Error) -> Error {
    match why.kind() {
        ErrorKind::UnexpectedEof => PhotoFault::Truncated.into(),
        ErrorKind::InvalidData => PhotoFault::Broken(why.to_string()).into(),
        _ => Error::internal(why),
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

/// Inspects a photo. Reads it once from end to end without keeping it in memory or using a decoder:
/// decoders read whole files and allocate what a header demands.
///
/// # Errors
/// The first fault found.
pub fn inspect<R: BufRead + Seek>(mut source: R) -> Result<Photo, PhotoFault> {
    let mut start = Vec::new();
    let read = (&mut source)
        .take(16)
        .read_to_end(&mut start)
        .and_then(|_| source.rewind());
    read.map_err(|why| PhotoFault::Broken(why.to_string()))?;
    let (format, size) = match image::guess_format(&start) {
        Ok(format @ ImageFormat::Jpeg) => (format, jpeg_size(&mut source)),
        Ok(format @ ImageFormat::Png) => (format, png_size(&mut source)),
        Ok(format @ ImageFormat::WebP) => (format, webp_size(&mut source)),
        _ if is_heic(&start) => return Err(PhotoFault::Heic),
        _ => return Err(PhotoFault::UnknownFormat),
    };
    let (width, height) = size.map_err(|why| match why.kind() {
        ErrorKind::UnexpectedEof => PhotoFault::Truncated,
        _ => PhotoFault::Broken(why.to_string()),
    })?;
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(PhotoFault::TooManyPixels { width, height });
    }
    Ok(Photo {
        format,
        width,
        height,
    })
}

/// Whether a file begins as HEIC and AVIF files do: with a box `ftyp` that names one of their brands
/// (ISO/IEC 23008-12, annex B; AV1 Image File Format, section 6).
fn is_heic(start: &[u8]) -> bool {
    const BRANDS: [&[u8]; 10] = [
        b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis",
    ];
    start.get(4..8) == Some(b"ftyp") && start.get(8..12).is_some_and(|of| BRANDS.contains(&of))
}

/// Walks the segments to the end-of-image marker (ITU T.81, annex B), for the size in the frame
/// header. A search for the bytes of the end marker would find the one of a thumbnail. Some cameras leave
/// the marker out, so a file may end behind the beginning of a scan: the decoder finds out whether all
/// rows are there.
fn jpeg_size<R: BufRead + Seek>(source: &mut R) -> std::io::Result<(u32, u32)> {
    let (mut size, mut has_scan) = (None, false);
    match walk_jpeg(source, &mut size, &mut has_scan) {
        Err(why) if !has_scan => Err(why),
        _ => size.ok_or_else(|| broken("no frame header")),
    }
}

fn walk_jpeg<R: BufRead + Seek>(
    source: &mut R,
    size: &mut Option<(u32, u32)>,
    has_scan: &mut bool,
) -> std::io::Result<()> {
    const EOI: u8 = 0xD9;
    const SOS: u8 = 0xDA;
    source.seek(SeekFrom::Start(2))?;
    let mut marker = next_marker(source)?;
    loop {
        match marker {
            EOI => return Ok(()),
            // Markers without a length: restarts, and TEM.
            0x01 | 0xD0..=0xD7 => {}
            // Frame headers: SOF0 to SOF15, without DHT, JPG and DAC among them.
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                let [l0, l1, _, h0, h1, w0, w1] = take::<7>(source)?;
                let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
                *size = Some((side(w0, w1), side(h0, h1)));
                skip(source, i64::from(u16::from_be_bytes([l0, l1])) - 7)?;
            }
            _ => {
                let length = u16::from_be_bytes(take(source)?);
                skip(source, i64::from(length) - 2)?;
            }
        }
        marker = if marker == SOS {
            *has_scan = true;
            marker_after_scan(source)?
        } else {
            next_marker(source)?
        };
    }
}

/// The next marker's code; fill bytes before it are skipped.
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

/// Walks the chunks to `IEND`, for the size in the first, `IHDR` (PNG specification, section 5).
fn png_size<R: BufRead + Seek>(source: &mut R) -> std::io::Result<(u32, u32)> {
    source.seek(SeekFrom::Start(8))?;
    let mut size = None;
    loop {
        let mut length = u32::from_be_bytes(take(source)?);
        let name: [u8; 4] = take(source)?;
        if size.is_none() {
            if &name != b"IHDR" || length < 8 {
                return Err(broken("the first chunk is not IHDR"));
            }
            size = Some((
                u32::from_be_bytes(take(source)?),
                u32::from_be_bytes(take(source)?),
            ));
            length -= 8;
        }
        skip(source, i64::from(length))?;
        let _crc: [u8; 4] = take(source)?;
        if &name == b"IEND" {
            return size.ok_or_else(|| broken("no IHDR chunk"));
        }
    }
}

/// Compares the length in the RIFF header with what is there, and reads the size from the first
/// chunk (WebP container specification, RFC 9649).
fn webp_size<R: BufRead + Seek>(source: &mut R) -> std::io::Result<(u32, u32)> {
    source.seek(SeekFrom::Start(4))?;
    let promised = 8 + u64::from(u32::from_le_bytes(take(source)?));
    if source.seek(SeekFrom::End(0))? < promised {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    source.seek(SeekFrom::Start(12))?;
    let name: [u8; 4] = take(source)?;
    let _length: [u8; 4] = take(source)?;
    match &name {
        // Flags, three reserved bytes, then width and height less one in 24 bits each.
        b"VP8X" => {
            let [_, _, _, _, w0, w1, w2, h0, h1, h2] = take::<10>(source)?;
            let side = |a, b, c| u32::from_le_bytes([a, b, c, 0]) + 1;
            Ok((side(w0, w1, w2), side(h0, h1, h2)))
        }
        // A signature byte, then both less one in 14 bits each.
        b"VP8L" => {
            let [_, b0, b1, b2, b3] = take::<5>(source)?;
            let bits = u32::from_le_bytes([b0, b1, b2, b3]);
            Ok(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        // A frame tag and a start code of three bytes each, then both in 14 bits of two bytes each
        // (RFC 6386, section 9.1).
        b"VP8 " => {
            let [_, _, _, _, _, _, w0, w1, h0, h1] = take::<10>(source)?;
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
            Ok((side(w0, w1), side(h0, h1)))
        }
        _ => Err(broken("the first chunk is not VP8, VP8L or VP8X")),
    }
}

fn broken(why: &str) -> std::io::Error {
    std::io::Error::new(ErrorKind::InvalidData, why)
}

fn take<const N: usize>(source: &mut impl Read) -> std::io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn skip(source: &mut impl Seek, bytes: i64) -> std::io::Result<()> {
    if bytes < 0 {
        Err(broken("a length is invalid"))
    } else {
        source.seek_relative(bytes)
    }
}

#[cfg(test)]
#[path = "photo_tests.rs"]
mod tests;
