//! A photo made small: brightness and whiteness, enough to look for shapes.

use image::imageops::FilterType;

use crate::Unreadable;
use crate::decode::upright;

/// Longest side looked at; grounds are still several pixels wide and debug builds stay quick.
const SIDE: u32 = 320;

/// The small photo.
pub struct Picture {
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// Brightness, row by row.
    pub luma: Vec<u8>,
    /// Brightness of the weakest colour: high only for white and grey, so porcelain, not wood.
    pub white: Vec<u8>,
    /// Brightness between the 2nd and the 98th percentile.
    pub contrast: u8,
}

impl Picture {
    /// Decodes and shrinks; the error says why there is no picture.
    pub fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        let picture = upright(bytes).map_err(|e| Unreadable(e.to_string()))?;
        let small = if picture.width().max(picture.height()) > SIDE {
            picture.resize(SIDE, SIDE, FilterType::Triangle)
        } else {
            picture
        };
        let rgb = small.to_rgb8();
        let luma = small.to_luma8().into_raw();
        let white = rgb
            .pixels()
            .map(|p| p.0.iter().copied().min().unwrap_or(0))
            .collect();
        Ok(Self {
            width: rgb.width() as usize,
            height: rgb.height() as usize,
            contrast: contrast(&luma),
            luma,
            white,
        })
    }

    /// The pixel at a position, if there is one.
    pub fn index(&self, (x, y): (f64, f64)) -> Option<usize> {
        let inside = x >= 0.0 && y >= 0.0 && x < self.width as f64 && y < self.height as f64;
        inside.then(|| y as usize * self.width + x as usize)
    }
}

fn contrast(luma: &[u8]) -> u8 {
    let mut sorted = luma.to_vec();
    sorted.sort_unstable();
    let at = |share: usize| sorted.get(sorted.len() * share / 100).copied().unwrap_or(0);
    at(98) - at(2)
}

/// Otsu's threshold (1979): the brightness that best splits the histogram in two.
pub fn otsu(values: impl Iterator<Item = u8>) -> u8 {
    let mut histogram = [0u64; 256];
    values.for_each(|v| histogram[usize::from(v)] += 1);
    let total: u64 = histogram.iter().sum();
    let sum: u64 = histogram.iter().zip(0u64..).map(|(n, v)| n * v).sum();
    let (mut below, mut sum_below, mut best, mut threshold) = (0u64, 0u64, -1.0, 0u8);
    for (value, count) in (0u8..=255).zip(histogram) {
        below += count;
        sum_below += count * u64::from(value);
        let above = total - below;
        if below == 0 || above == 0 {
            continue;
        }
        let mean_below = sum_below as f64 / below as f64;
        let mean_above = (sum - sum_below) as f64 / above as f64;
        let between = below as f64 * above as f64 * (mean_below - mean_above).powi(2);
        if between > best {
            (best, threshold) = (between, value);
        }
    }
    threshold
}
