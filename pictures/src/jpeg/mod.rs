//! A JPEG decoder for making pictures small: Huffman-coded JPEGs of 8 bits, sequential and
//! progressive (ITU T.81), decoded straight at an eighth, a quarter, half or all of their size.
//!
//! Of our own, because entropy decoding is most of the work, and a decoder that knows the scale
//! beforehand can leave most of that out; figures in docs/PERFORMANCE.md. Arithmetic coding,
//! lossless and hierarchical JPEGs, which no camera makes, are refused.

mod bits;
mod frame;
mod huffman;
mod idct;
mod progressive;
mod segments;
mod sequential;
mod standard;
mod tables;

pub use bits::Bits;
pub use frame::NATURAL;
use frame::{Component, Frame};
use huffman::{Ac, Table};
pub use idct::Transforms;
use progressive::Blocks;
use segments::{APP1, APP2, APP14, DHT, SOF0, SOF1, SOF2, SOS, Segment, take};
use tables::{Tables, no_table};

use crate::{Cancel, Fault, Limits};

/// Samples of one component.
#[derive(Debug)]
pub struct Plane {
    pub stride: usize,
    pub samples: Vec<u8>,
    /// How much of it the picture covers, in samples.
    pub width: f64,
    pub height: f64,
}

impl Plane {
    fn bytes(component: &Component) -> usize {
        component.padded.0 * component.padded.1 * component.scale * component.scale
    }

    fn new(component: &Component, frame: &Frame) -> Self {
        let share = |of: usize, factor: usize, highest: usize| {
            (of * factor * component.scale) as f64 / (highest * 8) as f64
        };
        Self {
            stride: component.padded.0 * component.scale,
            samples: vec![0; Self::bytes(component)],
            width: share(frame.width, component.across, frame.across),
            height: share(frame.height, component.down, frame.down),
        }
    }

    /// The samples from the corner of a block on, and how far apart its rows are.
    #[inline(always)]
    fn block(&mut self, (x, y): (usize, usize), scale: usize) -> (&mut [u8], usize) {
        let first = y * scale * self.stride + x * scale;
        (&mut self.samples[first..], self.stride)
    }
}

/// What the components of a JPEG mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    Grey,
    YCbCr,
    Rgb,
    /// As ink: 255 is none if `inverted`, else all of it.
    Cmyk {
        inverted: bool,
    },
    Ycck {
        inverted: bool,
    },
}

/// A decoded JPEG.
#[derive(Debug)]
pub struct Decoded {
    /// Of the whole picture, in pixels.
    pub width: usize,
    pub height: usize,
    pub planes: Vec<Plane>,
    pub colours: Colours,
    /// The body of its EXIF segment, if it has one: a TIFF file.
    pub exif: Option<Vec<u8>>,
    /// Its ICC profile.
    pub icc: Option<Vec<u8>>,
}

/// A component in a scan.
struct Of {
    index: usize,
    dc: usize,
    ac: usize,
}

/// A scan, and the tables as they are at its place in the file.
struct Scan<'a> {
    frame: &'a Frame,
    tables: &'a Tables,
    components: Vec<Of>,
    first: usize,
    last: usize,
    high: u32,
    low: u32,
    restart: usize,
    data: &'a [u8],
}

impl Scan<'_> {
    fn dc(&self, of: &Of) -> Result<&Table, Fault> {
        self.tables.dc[of.dc].as_ref().ok_or_else(no_table)
    }

    fn ac(&self, of: &Of) -> Result<&Ac, Fault> {
        self.tables.ac(of.ac)
    }

    fn steps(&self, component: &Component) -> Result<&[u16; 64], Fault> {
        self.tables.steps(component)
    }

    /// How many units it has, across and down: blocks, if it is of one component.
    fn units(&self) -> (usize, usize) {
        match self.components.as_slice() {
            [only] => self.frame.components[only.index].blocks,
            _ => self.frame.units,
        }
    }
}

/// Decodes a JPEG at the smallest scale that is enough for a picture within `side` x `side`.
///
/// # Errors
/// What is wrong with it; [`Fault::Cancelled`].
pub fn decode(file: &[u8], side: u32, limits: &Limits, cancel: &Cancel) -> Result<Decoded, Fault> {
    let segments::Segments { all, has_end } = segments::walk(file)?;
    if !has_end && all.iter().any(|segment| segment.marker == SOF2) {
        // All rows of a progressive one are there long before the picture is.
        return Err(Fault::Truncated);
    }
    let decoded = decode_segments(file, &all, side, limits, cancel);
    decoded.map_err(|fault| match fault {
        // A code that is cut is a wrong one.
        Fault::Broken(_) if !has_end => Fault::Truncated,
        fault => fault,
    })
}

fn decode_segments(
    file: &[u8],
    segments: &[Segment],
    side: u32,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Decoded, Fault> {
    let bodies = |marker: u8| {
        let of_kind = segments.iter().filter(move |s| s.marker == marker);
        of_kind.map(|s| &file[s.body.clone()])
    };
    let mut frame = read_frame(file, segments, limits)?;
    let colours = colours(&frame, bodies(APP14).find_map(adobe_transform));
    frame.scale_to(side, colours == Colours::YCbCr);
    let frame = frame;
    let planes: usize = frame.components.iter().map(Plane::bytes).sum();
    let blocks: usize = frame.components.iter().map(Blocks::bytes).sum();
    limits.check_memory(planes + if frame.progressive { blocks } else { 0 })?;
    let planes = if frame.progressive {
        read_progressive(file, segments, &frame, cancel)?
    } else {
        read_sequential(file, segments, &frame, cancel)?
    };
    Ok(Decoded {
        width: frame.width,
        height: frame.height,
        planes,
        colours,
        exif: bodies(APP1).find_map(|body| body.strip_prefix(b"Exif\0\0").map(<[u8]>::to_vec)),
        icc: icc(bodies(APP2)),
    })
}

/// All planes at eight samples a block, also of colours of which less would be enough.
///
/// # Errors
/// What is wrong with the JPEG.
pub fn unscaled(file: &[u8], limits: &Limits) -> Result<Vec<Plane>, Fault> {
    let segments = segments::walk(file)?.all;
    let frame = read_frame(file, &segments, limits)?;
    let read = if frame.progressive {
        read_progressive
    } else {
        read_sequential
    };
    read(file, &segments, &frame, &Cancel::default())
}

fn read_frame(file: &[u8], segments: &[Segment], limits: &Limits) -> Result<Frame, Fault> {
    let mut frames = segments
        .iter()
        .filter(|s| matches!(s.marker, 0xC0..=0xCF if !matches!(s.marker, DHT | 0xC8 | 0xCC)));
    match (frames.next(), frames.next()) {
        (Some(frame), None) if matches!(frame.marker, SOF0 | SOF1 | SOF2) => {
            Frame::read(&file[frame.body.clone()], frame.marker == SOF2, limits)
        }
        (Some(_), None) => Err(Fault::broken("it is a kind of JPEG that is not in use")),
        _ => Err(Fault::broken("it does not have one frame")),
    }
}

/// By the Adobe segment, or as libjpeg guesses without.
fn colours(frame: &Frame, adobe: Option<u8>) -> Colours {
    let ids: Vec<u8> = frame.components.iter().map(|c| c.id).collect();
    match (ids.as_slice(), adobe) {
        ([_], _) => Colours::Grey,
        ([_, _, _], Some(0)) | (b"RGB", None) => Colours::Rgb,
        ([_, _, _], _) => Colours::YCbCr,
        (_, Some(2)) => Colours::Ycck { inverted: true },
        (_, adobe) => Colours::Cmyk {
            inverted: adobe.is_some(),
        },
    }
}

fn adobe_transform(body: &[u8]) -> Option<u8> {
    body.strip_prefix(b"Adobe")?.get(6).copied()
}

/// Puts the profile together (ICC.1, annex B.4): parts may come in any order.
fn icc<'a>(bodies: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut parts: Vec<_> = bodies
        .filter_map(|body| body.strip_prefix(b"ICC_PROFILE\0"))
        .filter(|part| part.len() > 2)
        .collect();
    parts.sort_by_key(|part| part[0]);
    let whole = parts
        .first()
        .is_some_and(|part| usize::from(part[1]) == parts.len());
    whole.then(|| parts.iter().flat_map(|part| &part[2..]).copied().collect())
}

fn read_sequential(
    file: &[u8],
    segments: &[Segment],
    frame: &Frame,
    cancel: &Cancel,
) -> Result<Vec<Plane>, Fault> {
    let mut planes: Vec<_> = frame
        .components
        .iter()
        .map(|c| Plane::new(c, frame))
        .collect();
    let transforms = Transforms::default();
    let mut tables = Tables::default();
    if !segments.iter().any(|segment| segment.marker == DHT) {
        tables.learn(DHT, &standard::TABLES)?;
    }
    let mut seen = vec![false; frame.components.len()];
    for segment in segments {
        cancel.check()?;
        if segment.marker != SOS {
            tables.learn(segment.marker, &file[segment.body.clone()])?;
            continue;
        }
        let scan = read_scan(file, segment, frame, &tables)?;
        for of in &scan.components {
            if std::mem::replace(&mut seen[of.index], true) {
                return Err(Fault::broken("a part of it comes twice"));
            }
        }
        sequential::decode(&scan, &mut planes, &transforms, cancel)?;
    }
    match seen.iter().all(|seen| *seen) {
        true => Ok(planes),
        false => Err(bits::too_short()),
    }
}

fn read_progressive(
    file: &[u8],
    segments: &[Segment],
    frame: &Frame,
    cancel: &Cancel,
) -> Result<Vec<Plane>, Fault> {
    let mut tables = Tables::default();
    let mut plan = Vec::new();
    for segment in segments.iter().filter(|s| s.marker == SOS) {
        let scan = read_scan(file, segment, frame, &tables)?;
        plan.push((
            scan.components.iter().map(|of| of.index).collect(),
            progressive::band(scan.first, scan.last),
            scan.high > 0,
        ));
    }
    let last: Vec<_> = frame.components.iter().map(|c| c.last).collect();
    let mut needed = progressive::needed(&plan, &last).into_iter();
    let mut blocks: Vec<_> = frame.components.iter().map(Blocks::new).collect();
    for segment in segments {
        cancel.check()?;
        if segment.marker != SOS {
            tables.learn(segment.marker, &file[segment.body.clone()])?;
        } else if needed.next() == Some(true) {
            let scan = read_scan(file, segment, frame, &tables)?;
            progressive::decode(&scan, &mut blocks, cancel)?;
        }
    }
    let transforms = Transforms::default();
    let mut planes = Vec::with_capacity(blocks.len());
    for (component, blocks) in frame.components.iter().zip(blocks) {
        let mut plane = Plane::new(component, frame);
        let steps = tables.steps(component)?;
        blocks.render(component, steps, &transforms, &mut plane, cancel)?;
        planes.push(plane);
    }
    Ok(planes)
}

/// Reads a scan header (ITU T.81, section B.2.3).
fn read_scan<'a>(
    file: &'a [u8],
    segment: &Segment,
    frame: &'a Frame,
    tables: &'a Tables,
) -> Result<Scan<'a>, Fault> {
    let bad = || Fault::broken("a scan in it is none");
    let mut body = &file[segment.body.clone()];
    let count = usize::from(take(&mut body, 1)?[0]);
    let mut components: Vec<Of> = Vec::with_capacity(4);
    for _ in 0..count {
        let of = take(&mut body, 2)?;
        let index = frame.components.iter().position(|c| c.id == of[0]);
        let index = index.ok_or_else(bad)?;
        let (dc, ac) = (usize::from(of[1] >> 4), usize::from(of[1] & 15));
        if dc > 3
            || ac > 3
            || components
                .last()
                .is_some_and(|before| before.index >= index)
        {
            return Err(bad());
        }
        components.push(Of { index, dc, ac });
    }
    let tail = take(&mut body, 3)?;
    let (mut first, mut last) = (usize::from(tail[0]), usize::from(tail[1]));
    let (mut high, mut low) = (u32::from(tail[2] >> 4), u32::from(tail[2] & 15));
    if !frame.progressive {
        (first, last, high, low) = (0, 63, 0, 0);
    } else if last > 63 || first > last || low > 13 || (first == 0) != (last == 0) {
        return Err(bad());
    }
    if components.is_empty() || (first > 0 && components.len() > 1) {
        return Err(bad());
    }
    Ok(Scan {
        frame,
        tables,
        components,
        first,
        last,
        high,
        low,
        restart: tables.restart,
        data: &file[segment.data.clone()],
    })
}
