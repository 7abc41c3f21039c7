//! What a frame is made of: its components, their blocks, and at which scale each is decoded.

use super::segments::take;
use crate::{Fault, Limits};

/// The order in which a block's coefficients are stored: the index by rows of each.
pub const NATURAL: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// A component of a frame.
#[derive(Clone, Debug)]
pub(super) struct Component {
    pub id: u8,
    /// Sampling factors.
    pub across: usize,
    pub down: usize,
    /// The index of its quantisation table.
    pub quantisation: u8,
    /// Blocks with samples of the picture in them.
    pub blocks: (usize, usize),
    /// Blocks with those that fill up the last units of an interleaved scan.
    pub padded: (usize, usize),
    /// Samples that a block becomes, in each direction: 1, 2, 4 or 8.
    pub scale: usize,
    /// The index of the last coefficient that this scale makes use of.
    pub last: usize,
}

/// A frame header.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub progressive: bool,
    pub width: usize,
    pub height: usize,
    /// The highest sampling factors.
    pub across: usize,
    pub down: usize,
    /// Units of an interleaved scan.
    pub units: (usize, usize),
    pub components: Vec<Component>,
}

impl Frame {
    /// Reads a frame header (ITU T.81, section B.2.2).
    ///
    /// # Errors
    /// If it contradicts itself, or claims more pixels than allowed.
    pub(super) fn read(mut body: &[u8], progressive: bool, limits: &Limits) -> Result<Self, Fault> {
        let head = take(&mut body, 6)?;
        let side = |at: usize| usize::from(u16::from_be_bytes([head[at], head[at + 1]]));
        let (height, width, count) = (side(1), side(3), usize::from(head[5]));
        if head[0] != 8 {
            return Err(Fault::broken("its samples do not have 8 bits"));
        }
        if width == 0 || height == 0 || !matches!(count, 1 | 3 | 4) {
            return Err(Fault::broken("its frame is none of a photo"));
        }
        limits.check_pixels(width, height)?;
        let mut components = Vec::with_capacity(count);
        for _ in 0..count {
            components.push(component(take(&mut body, 3)?)?);
        }
        if let [only] = components.as_mut_slice() {
            (only.across, only.down) = (1, 1);
        }
        let highest = |of: fn(&Component) -> usize| components.iter().map(of).max().unwrap_or(1);
        let (across, down) = (highest(|c| c.across), highest(|c| c.down));
        let units = (width.div_ceil(8 * across), height.div_ceil(8 * down));
        for c in &mut components {
            c.blocks = (
                (width * c.across).div_ceil(8 * across),
                (height * c.down).div_ceil(8 * down),
            );
            c.padded = (units.0 * c.across, units.1 * c.down);
        }
        Ok(Self {
            progressive,
            width,
            height,
            across,
            down,
            units,
            components,
        })
    }

    /// Chooses scales: the smallest at which each component still has as many samples as the
    /// picture within `side` x `side` will show of it. `halved`: the second and third are colours,
    /// shown at half the size.
    pub(super) fn scale_to(&mut self, side: u32, halved: bool) {
        let longest = self.width.max(self.height);
        let shown = longest.min(side as usize);
        for (index, c) in self.components.iter_mut().enumerate() {
            let share = if halved && index > 0 { 2 } else { 1 };
            // shown / share <= longest * (c.across / across) * (scale / 8), and so downwards.
            let enough = |scale: &usize| {
                shown * self.across * 8 <= longest * c.across * scale * share
                    && shown * self.down * 8 <= longest * c.down * scale * share
            };
            c.scale = [1, 2, 4].into_iter().find(enough).unwrap_or(8);
            c.last = match c.scale {
                1 => 0,
                2 => 4,
                4 => 24,
                _ => 63,
            };
        }
    }
}

fn component(bytes: &[u8]) -> Result<Component, Fault> {
    let (across, down) = (usize::from(bytes[1] >> 4), usize::from(bytes[1] & 15));
    if !(1..=4).contains(&across) || !(1..=4).contains(&down) || bytes[2] > 3 {
        return Err(Fault::broken("its frame is none of a photo"));
    }
    Ok(Component {
        id: bytes[0],
        across,
        down,
        quantisation: bytes[2],
        blocks: (0, 0),
        padded: (0, 0),
        scale: 8,
        last: 63,
    })
}
