//! Colours to sRGB: by the ICC profile that a photo brings, or by the plain formulas.

use std::sync::Arc;

use moxcms::{ColorProfile, DataColorSpace, Layout, TransformExecutor, TransformOptions};

/// The largest profile looked at, in bytes; those of printers have 2 MB.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// A profile whose colours are not those of sRGB.
pub(crate) struct Profile {
    channels: usize,
    transform: Arc<dyn TransformExecutor<u8> + Send + Sync>,
}

impl Profile {
    /// Reads a profile. `None`: it is broken, of no use for photos, or says sRGB; then colours are
    /// taken to be sRGB, as viewers do.
    pub(crate) fn read(icc: &[u8]) -> Option<Self> {
        let icc = Some(icc).filter(|icc| icc.len() <= MAX_BYTES)?;
        let profile = ColorProfile::new_from_slice(icc).ok()?;
        let (channels, layout) = match profile.color_space {
            DataColorSpace::Gray => (1, Layout::Gray),
            DataColorSpace::Rgb => (3, Layout::Rgb),
            DataColorSpace::Cmyk => (4, Layout::Rgba),
            _ => return None,
        };
        let transform = profile
            .create_transform_8bit(
                layout,
                &ColorProfile::new_srgb(),
                Layout::Rgb,
                TransformOptions::default(),
            )
            .ok()?;
        let read = Self {
            channels,
            transform,
        };
        (channels == 4 || read.changes()).then_some(read)
    }

    /// Samples of a pixel that it is for.
    pub(crate) fn channels(&self) -> usize {
        self.channels
    }

    /// From pixels of its own samples to pixels of red, green and blue.
    pub(crate) fn apply(&self, samples: &[u8]) -> Vec<u8> {
        let mut rgb = vec![0; samples.len() / self.channels * 3];
        // Lengths that do not fit are the only fault it knows, and these do.
        if self.transform.transform(samples, &mut rgb).is_err() {
            debug_assert!(false, "{} samples for {}", samples.len(), rgb.len());
        }
        rgb
    }

    /// Whether it makes a difference: some colours of all kinds are tried.
    fn changes(&self) -> bool {
        const STEPS: [u8; 5] = [0, 64, 128, 192, 255];
        let mut tried = Vec::new();
        for r in STEPS {
            for g in STEPS {
                for b in STEPS {
                    tried.extend([r, g, b]);
                }
            }
        }
        let plain = match self.channels {
            1 => tried.iter().flat_map(|grey| [*grey; 3]).collect(),
            _ => tried.clone(),
        };
        let differ = |(a, b): (&u8, &u8)| a.abs_diff(*b) > 1;
        self.apply(&tried).iter().zip(&plain).any(differ)
    }
}

/// From JFIF's planes, all of the whole size, to red, green and blue (ITU T.871, section 7).
pub(crate) fn rgb(planes: &[Vec<u8>; 3]) -> Vec<u8> {
    let [y, cb, cr] = planes;
    let mut rgb = vec![0; y.len() * 3];
    let pixels = rgb.chunks_exact_mut(3).zip(y).zip(cb).zip(cr);
    for (((pixel, y), cb), cr) in pixels {
        // In units of 1/65536.
        let (y, cb, cr) = (
            i32::from(*y) << 16 | 1 << 15,
            i32::from(*cb) - 128,
            i32::from(*cr) - 128,
        );
        let sample = |value: i32| (value >> 16).clamp(0, 255) as u8;
        pixel[0] = sample(y + 91_881 * cr);
        pixel[1] = sample(y - 22_554 * cb - 46_802 * cr);
        pixel[2] = sample(y + 116_130 * cb);
    }
    rgb
}

/// Pixels out of planes.
pub(crate) fn interleave(planes: &[Vec<u8>]) -> Vec<u8> {
    let length = planes.first().map_or(0, Vec::len);
    let mut pixels = Vec::with_capacity(length * planes.len());
    for at in 0..length {
        pixels.extend(planes.iter().map(|plane| plane[at]));
    }
    pixels
}

/// From four inks, 255 being all of it, to red, green and blue, without knowing the printer.
pub(crate) fn light(inks: &[u8]) -> Vec<u8> {
    let mut rgb = Vec::with_capacity(inks.len() / 4 * 3);
    for ink in inks.chunks_exact(4) {
        let white = 255 - u32::from(ink[3]);
        rgb.extend(
            ink[..3]
                .iter()
                .map(|ink| ((255 - u32::from(*ink)) * white + 127) / 255)
                .map(|of| of as u8),
        );
    }
    rgb
}
