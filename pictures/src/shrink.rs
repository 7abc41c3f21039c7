//! Rows of pixels, made smaller as they come, so that a large picture is never in memory whole:
//! means of squares of pixels as long as twice the wanted size is left for Lanczos, as libvips does.

use crate::colour::Profile;
use crate::exif::Orientation;
use crate::picture::{Picture, Pixels};
use crate::resize::{Source, fit, resize};
use crate::{Fault, Limits};

/// What the samples of a row are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
}

impl Kind {
    pub(crate) fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    /// Without transparency.
    fn opaque(self) -> usize {
        match self {
            Self::Grey | Self::GreyAlpha => 1,
            Self::Rgb | Self::Rgba => 3,
        }
    }
}

/// Takes the rows of a picture from top to bottom.
pub(crate) struct Shrink {
    kind: Kind,
    width: usize,
    height: usize,
    /// The longest side of what becomes of it.
    side: u32,
    /// Pixels across and down that become one.
    factor: usize,
    /// Sums of samples over the rows of the current squares; at most 255 of them.
    sums: Vec<u16>,
    rows: usize,
    /// A row on white.
    opaque: Vec<u8>,
    small: Vec<u8>,
}

impl Shrink {
    /// For a picture of this size, that becomes one within `side` x `side`.
    ///
    /// # Errors
    /// If it takes too much memory.
    pub(crate) fn new(
        kind: Kind,
        (width, height): (usize, usize),
        side: u32,
        limits: &Limits,
    ) -> Result<Self, Fault> {
        let factor = (width.max(height) / (2 * side as usize)).clamp(1, 255);
        let row = width * kind.opaque();
        let small = width.div_ceil(factor) * height.div_ceil(factor) * kind.opaque();
        limits.check_memory(small + 3 * row)?;
        Ok(Self {
            kind,
            width,
            height,
            side,
            factor,
            sums: vec![0; if factor > 1 { row } else { 0 }],
            rows: 0,
            opaque: Vec::with_capacity(row),
            small: Vec::with_capacity(small),
        })
    }

    /// Whether two pixels and more become one.
    pub(crate) fn halves(&self) -> bool {
        self.factor > 1
    }

    /// Takes the next row: `width` pixels of its kind.
    pub(crate) fn push(&mut self, row: &[u8]) {
        let mut opaque = std::mem::take(&mut self.opaque);
        let row = match self.kind {
            Kind::Grey | Kind::Rgb => row,
            Kind::GreyAlpha => on_white::<2>(row, &mut opaque),
            Kind::Rgba => on_white::<4>(row, &mut opaque),
        };
        if self.factor == 1 {
            self.small.extend_from_slice(row);
        } else {
            for (sum, sample) in self.sums.iter_mut().zip(row) {
                *sum += u16::from(*sample);
            }
            self.rows += 1;
            if self.rows == self.factor {
                self.finish_squares();
            }
        }
        self.opaque = opaque;
    }

    fn finish_squares(&mut self) {
        match self.kind.opaque() {
            1 => self.means::<1>(),
            _ => self.means::<3>(),
        }
        self.sums.fill(0);
        self.rows = 0;
    }

    fn means<const C: usize>(&mut self) {
        for square in self.sums.chunks(self.factor * C) {
            let mut sums = [0_u32; C];
            for pixel in square.chunks_exact(C) {
                for (sum, sample) in sums.iter_mut().zip(pixel) {
                    *sum += u32::from(*sample);
                }
            }
            let count = (square.len() / C * self.rows) as u32;
            self.small
                .extend(sums.map(|sum| ((sum + count / 2) / count) as u8));
        }
    }

    /// The picture, when all rows are there.
    ///
    /// # Errors
    /// None but those of a resizing that cannot be.
    pub(crate) fn finish(
        mut self,
        orientation: Orientation,
        icc: Option<&[u8]>,
    ) -> Result<Picture, Fault> {
        if self.rows > 0 {
            self.finish_squares();
        }
        let (width, height) = fit(self.width, self.height, self.side);
        let source = Source {
            samples: &self.small,
            channels: self.kind.opaque(),
            stride: self.width.div_ceil(self.factor),
            width: self.width as f64 / self.factor as f64,
            height: self.height as f64 / self.factor as f64,
        };
        let samples = resize(&source, width, height)?;
        let pixels = in_srgb(samples, self.kind.opaque(), icc.and_then(Profile::read));
        let picture = Picture {
            width,
            height,
            pixels,
        };
        Ok(picture.turned(orientation))
    }
}

fn in_srgb(samples: Vec<u8>, channels: usize, profile: Option<Profile>) -> Pixels {
    match profile.map(|profile| (profile.channels(), profile)) {
        Some((fits, profile)) if fits == channels => Pixels::Rgb(profile.apply(&samples)),
        // Grey PNGs often bring the profile of their RGB brothers.
        Some((3, profile)) if channels == 1 => {
            let rgb: Vec<u8> = samples.iter().flat_map(|grey| [*grey; 3]).collect();
            Pixels::Rgb(profile.apply(&rgb))
        }
        _ if channels == 1 => Pixels::Grey(samples),
        _ => Pixels::Rgb(samples),
    }
}

/// Lays pixels whose last sample is their opacity on white.
fn on_white<'a, const C: usize>(row: &[u8], opaque: &'a mut Vec<u8>) -> &'a [u8] {
    opaque.clear();
    for pixel in row.chunks_exact(C) {
        let alpha = u32::from(pixel[C - 1]);
        for sample in &pixel[..C - 1] {
            let mixed = u32::from(*sample) * alpha + 255 * (255 - alpha);
            opaque.push(((mixed + 127) / 255) as u8);
        }
    }
    opaque
}
