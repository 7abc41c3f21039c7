//! The segments of a JPEG (ITU T.81, annex B): a walk from marker to marker, before anything is
//! decoded, so that what a file asks for is known beforehand.

use std::ops::Range;

use crate::Fault;

/// The most scans: ten are usual, some optimisers make twenty. More make work out of few bytes.
const MAX_SCANS: usize = 64;

/// The most segments besides; a photo has some dozens.
const MAX_SEGMENTS: usize = 10_000;

pub(super) const SOF0: u8 = 0xC0;
pub(super) const SOF1: u8 = 0xC1;
pub(super) const SOF2: u8 = 0xC2;
pub(super) const DHT: u8 = 0xC4;
pub(super) const SOS: u8 = 0xDA;
pub(super) const DQT: u8 = 0xDB;
pub(super) const DRI: u8 = 0xDD;
pub(super) const APP1: u8 = 0xE1;
pub(super) const APP2: u8 = 0xE2;
pub(super) const APP14: u8 = 0xEE;
const EOI: u8 = 0xD9;

/// A marker and what belongs to it.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub marker: u8,
    /// Where its parameters are, without their length.
    pub body: Range<usize>,
    /// Where the compressed data of a scan are; empty for others.
    pub data: Range<usize>,
}

/// The segments of a file.
pub(super) struct Segments {
    /// In their order.
    pub all: Vec<Segment>,
    /// Whether the end marker is there. Some cameras leave it out, behind a whole picture.
    pub has_end: bool,
}

/// All segments to the end marker. Behind a scan the file may end without it, or go on with something that
/// is no segment: whether the picture is whole, its rows say.
///
/// # Errors
/// If a length leads out of the file before any scan, or there are too many segments.
pub(super) fn walk(file: &[u8]) -> Result<Segments, Fault> {
    let mut all = Vec::new();
    let (mut at, mut scans) = (2, 0);
    loop {
        let segment = match next(file, &mut at) {
            Ok(Some(segment)) => segment,
            Ok(None) => return Ok(Segments { all, has_end: true }),
            Err(_) if scans > 0 => {
                return Ok(Segments {
                    all,
                    has_end: false,
                });
            }
            Err(why) => return Err(why),
        };
        scans += usize::from(segment.marker == SOS);
        all.push(segment);
        if scans > MAX_SCANS || all.len() > MAX_SEGMENTS + MAX_SCANS {
            return Err(Fault::TooMuch("it has too many parts".to_owned()));
        }
    }
}

/// The next segment; `None` at the end marker.
fn next(file: &[u8], at: &mut usize) -> Result<Option<Segment>, Fault> {
    let marker = loop {
        match next_marker(file, at)? {
            EOI => return Ok(None),
            0x01 | 0xD0..=0xD8 => {}
            marker => break marker,
        }
    };
    let length = file.get(*at..*at + 2).ok_or(Fault::Truncated)?;
    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
    if length < 2 {
        return Err(Fault::broken("a length in it is wrong"));
    }
    let body = *at + 2..*at + length;
    *at = body.end;
    if *at > file.len() {
        return Err(Fault::Truncated);
    }
    let mut data = *at..*at;
    if marker == SOS {
        *at = end_of_scan(file, *at);
        data.end = *at;
    }
    Ok(Some(Segment { marker, body, data }))
}

/// The next marker's code; other bytes before it are passed over, as libjpeg does.
fn next_marker(file: &[u8], at: &mut usize) -> Result<u8, Fault> {
    loop {
        let rest = file.get(*at..).ok_or(Fault::Truncated)?;
        *at += memchr::memchr(0xFF, rest).ok_or(Fault::Truncated)? + 1;
        loop {
            let code = *file.get(*at).ok_or(Fault::Truncated)?;
            *at += 1;
            match code {
                0xFF => continue,
                0 => break,
                code => return Ok(code),
            }
        }
    }
}

/// Where the compressed data end: at a marker that is no restart, or with the file.
fn end_of_scan(file: &[u8], start: usize) -> usize {
    let rest = &file[start..];
    memchr::memchr_iter(0xFF, rest)
        .find(|at| !matches!(rest.get(at + 1), Some(0 | 0xD0..=0xD7 | 0xFF)))
        .map_or(file.len(), |at| start + at)
}

/// Takes bytes from the front of a segment's body.
pub(super) fn take<'a>(body: &mut &'a [u8], count: usize) -> Result<&'a [u8], Fault> {
    let (front, rest) = body
        .split_at_checked(count)
        .ok_or_else(|| Fault::broken("a part of it is too short"))?;
    *body = rest;
    Ok(front)
}
