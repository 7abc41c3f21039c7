//! A picture at the size it is shown at, and how one comes from a JPEG.

use crate::colour::{self, Profile};
use crate::exif::Orientation;
use crate::jpeg::{self, Colours};
use crate::resize::{Source, fit, resize};
use crate::{Cancel, Fault, Limits};

/// A picture in sRGB.
#[derive(Debug)]
pub(crate) struct Picture {
    pub width: usize,
    pub height: usize,
    pub pixels: Pixels,
}

/// Samples in rows without gaps.
#[derive(Debug)]
pub(crate) enum Pixels {
    Grey(Vec<u8>),
    /// As JFIF defines them (BT.601, full range): brightness, and two colours of half the size
    /// rounded up, each sample for four pixels.
    YCbCr([Vec<u8>; 3]),
    Rgb(Vec<u8>),
}

impl Picture {
    /// A smaller one, if one of its sides is longer than `side`.
    pub(crate) fn within(&self, side: u32) -> Result<Self, Fault> {
        let (width, height) = fit(self.width, self.height, side);
        // `share`: 2 for planes of half the size.
        let smaller = |samples: &Vec<u8>, channels: usize, share: usize| {
            let source = Source {
                samples,
                channels,
                stride: self.width.div_ceil(share),
                width: self.width as f64 / share as f64,
                height: self.height as f64 / share as f64,
            };
            resize(&source, width.div_ceil(share), height.div_ceil(share))
        };
        let pixels = match &self.pixels {
            Pixels::Grey(samples) => Pixels::Grey(smaller(samples, 1, 1)?),
            Pixels::Rgb(samples) => Pixels::Rgb(smaller(samples, 3, 1)?),
            Pixels::YCbCr([y, cb, cr]) => {
                Pixels::YCbCr([smaller(y, 1, 1)?, smaller(cb, 1, 2)?, smaller(cr, 1, 2)?])
            }
        };
        Ok(Self {
            width,
            height,
            pixels,
        })
    }

    /// Upright.
    pub(crate) fn turned(self, by: Orientation) -> Self {
        if by == Orientation::UPRIGHT {
            return self;
        }
        let (width, height) = (self.width, self.height);
        let turn = |samples: Vec<u8>, channels, share: usize| {
            let (width, height) = (width.div_ceil(share), height.div_ceil(share));
            turn(&samples, channels, width, height, by)
        };
        let pixels = match self.pixels {
            Pixels::Grey(samples) => Pixels::Grey(turn(samples, 1, 1)),
            Pixels::Rgb(samples) => Pixels::Rgb(turn(samples, 3, 1)),
            Pixels::YCbCr([y, cb, cr]) => {
                Pixels::YCbCr([turn(y, 1, 1), turn(cb, 1, 2), turn(cr, 1, 2)])
            }
        };
        let (width, height) = match by.lies() {
            true => (height, width),
            false => (width, height),
        };
        Self {
            width,
            height,
            pixels,
        }
    }
}

fn turn(samples: &[u8], channels: usize, width: usize, height: usize, by: Orientation) -> Vec<u8> {
    let (across, down) = match by.lies() {
        true => (height, width),
        false => (width, height),
    };
    let mut turned = Vec::with_capacity(samples.len());
    for y in 0..down {
        for x in 0..across {
            let (from_x, from_y) = by.source(x, y, width, height);
            let at = (from_y * width + from_x) * channels;
            turned.extend_from_slice(&samples[at..at + channels]);
        }
    }
    turned
}

/// The picture of a JPEG, within `side` x `side`.
pub(crate) fn from_jpeg(
    file: &[u8],
    side: u32,
    limits: &Limits,
    cancel: &Cancel,
) -> Result<Picture, Fault> {
    let decoded = jpeg::decode(file, side, limits, cancel)?;
    cancel.check()?;
    let (width, height) = fit(decoded.width, decoded.height, side);
    let profile = decoded.icc.as_deref().and_then(Profile::read);
    let profile = profile.filter(|profile| profile.channels() == decoded.planes.len());
    let halved = decoded.colours == Colours::YCbCr && profile.is_none();
    let mut planes = Vec::with_capacity(4);
    for (index, plane) in decoded.planes.iter().enumerate() {
        let source = Source {
            samples: &plane.samples,
            channels: 1,
            stride: plane.stride,
            width: plane.width,
            height: plane.height,
        };
        let share = if halved && index > 0 { 2 } else { 1 };
        planes.push(resize(
            &source,
            width.div_ceil(share),
            height.div_ceil(share),
        )?);
    }
    let pixels = in_srgb(planes, decoded.colours, profile.as_ref())?;
    let exif = decoded.exif.as_deref();
    let orientation = exif.map_or(Orientation::UPRIGHT, Orientation::read);
    let picture = Picture {
        width,
        height,
        pixels,
    };
    Ok(picture.turned(orientation))
}

/// Colours of half the size are left as they are; `profile` is for pixels of so many planes.
fn in_srgb(
    planes: Vec<Vec<u8>>,
    colours: Colours,
    profile: Option<&Profile>,
) -> Result<Pixels, Fault> {
    let strange = || Fault::broken("its colours are none");
    match colours {
        Colours::Grey => {
            let [grey] = <[_; 1]>::try_from(planes).map_err(|_| strange())?;
            Ok(match profile {
                Some(profile) => Pixels::Rgb(profile.apply(&grey)),
                None => Pixels::Grey(grey),
            })
        }
        Colours::YCbCr => {
            let planes = <[_; 3]>::try_from(planes).map_err(|_| strange())?;
            Ok(match profile {
                Some(profile) => Pixels::Rgb(profile.apply(&colour::rgb(&planes))),
                None => Pixels::YCbCr(planes),
            })
        }
        Colours::Rgb => {
            let rgb = colour::interleave(&planes);
            Ok(Pixels::Rgb(profile.map_or_else(
                || rgb.clone(),
                |profile| profile.apply(&rgb),
            )))
        }
        Colours::Cmyk { inverted } => Ok(inks(&planes, inverted, profile)),
        Colours::Ycck { inverted } => {
            let [y, cb, cr, k] = <[_; 4]>::try_from(planes).map_err(|_| strange())?;
            let rgb = colour::rgb(&[y, cb, cr]);
            // As libjpeg has it: what looks like red is what cyan leaves of the light.
            let channel = |at: usize| {
                rgb.iter()
                    .skip(at)
                    .step_by(3)
                    .map(|light| 255 - light)
                    .collect()
            };
            let planes: Vec<Vec<u8>> = vec![channel(0), channel(1), channel(2), k];
            Ok(inks(&planes, inverted, profile))
        }
    }
}

fn inks(planes: &[Vec<u8>], inverted: bool, profile: Option<&Profile>) -> Pixels {
    let mut inks = colour::interleave(planes);
    if inverted {
        inks.iter_mut().for_each(|ink| *ink = 255 - *ink);
    }
    Pixels::Rgb(match profile {
        Some(profile) => profile.apply(&inks),
        None => colour::light(&inks),
    })
}
