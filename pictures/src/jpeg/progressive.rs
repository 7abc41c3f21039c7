//! Scans of progressive JPEGs (ITU T.81, annex G). Of each block only the coefficients that its
//! scale makes use of are kept, and of all others, one bit: whether they are 0 so far, because
//! the scans that refine them cannot be read without.

use super::bits::{Bits, bad_code, too_short};
use super::frame::Component;
use super::huffman::{Ac, extend};
use super::idct::Transforms;
use super::{Plane, Scan};
use crate::{Cancel, Fault};

/// The coefficients of a component.
pub(super) struct Blocks {
    /// Blocks in a row.
    width: usize,
    /// Coefficients kept of each.
    kept: usize,
    values: Vec<i16>,
    /// By block, a bit for each coefficient that is not 0.
    set: Vec<u64>,
}

impl Blocks {
    /// How many bytes the blocks of a component take.
    pub(super) fn bytes(component: &Component) -> usize {
        let (width, height) = component.padded;
        width * height * ((component.last + 1) * 2 + 8)
    }

    pub(super) fn new(component: &Component) -> Self {
        let (width, height) = component.padded;
        let kept = component.last + 1;
        Self {
            width,
            kept,
            values: vec![0; width * height * kept],
            set: vec![0; width * height],
        }
    }

    /// Turns all into samples.
    pub(super) fn render(
        &self,
        component: &Component,
        steps: &[u16; 64],
        transforms: &Transforms,
        plane: &mut Plane,
        cancel: &Cancel,
    ) -> Result<(), Fault> {
        for y in 0..component.padded.1 {
            cancel.check()?;
            for x in 0..self.width {
                let first = (y * self.width + x) * self.kept;
                let (out, stride) = plane.block((x, y), component.scale);
                let block = &self.values[first..first + self.kept];
                transforms.block(component.scale, block, steps, out, stride);
            }
        }
        Ok(())
    }
}

/// Which coefficients the scans have to be read for, by scan: those that the scale makes use of,
/// and those that share a refining scan with one of them. Others are never looked at.
///
/// `scans`: of each, its components, its band, and whether it refines; `last`: by component.
pub(super) fn needed(scans: &[(Vec<usize>, u64, bool)], last: &[usize]) -> Vec<bool> {
    let mut wanted: Vec<u64> = last.iter().map(|last| u64::MAX >> (63 - last)).collect();
    let mut read = vec![false; scans.len()];
    for (scan, read) in scans.iter().zip(&mut read).rev() {
        let (components, band, refines) = scan;
        for component in components {
            let wanted = &mut wanted[*component];
            *read |= *wanted & band != 0;
            if *read && *refines {
                *wanted |= band;
            }
        }
    }
    read
}

/// Decodes a scan into the blocks of its components.
///
/// # Errors
/// If the data are no blocks, or end early; if cancelled.
pub(super) fn decode(scan: &Scan<'_>, blocks: &mut [Blocks], cancel: &Cancel) -> Result<(), Fault> {
    match (scan.first, scan.high) {
        (0, 0) => dc_first(scan, blocks, cancel),
        (0, _) => each_dc(scan, blocks, cancel, |bits, _, value| {
            bits.fill();
            *value |= (bits.take(1) << scan.low) as i16;
            Ok(())
        }),
        _ => ac(scan, blocks, cancel),
    }
}

fn dc_first(scan: &Scan<'_>, blocks: &mut [Blocks], cancel: &Cancel) -> Result<(), Fault> {
    let tables: Vec<_> = scan
        .components
        .iter()
        .map(|of| scan.dc(of))
        .collect::<Result<_, _>>()?;
    each_dc(scan, blocks, cancel, |bits, (part, before), value| {
        bits.fill();
        let size = u32::from(bits.symbol(tables[part])?);
        if size > 15 {
            return Err(bad_code());
        }
        *before = before.wrapping_add(bits.take_signed(size));
        *value = (*before << scan.low) as i16;
        Ok(())
    })
}

/// Calls `read` for the first coefficient of each block of the scan, with the place of its
/// component in the scan and what is remembered from that component's last block.
fn each_dc(
    scan: &Scan<'_>,
    blocks: &mut [Blocks],
    cancel: &Cancel,
    read: impl Fn(&mut Bits<'_>, (usize, &mut i32), &mut i16) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let single = scan.components.len() == 1;
    let (width, height) = scan.units();
    let mut bits = Bits::new(scan.data);
    let mut before = [0_i32; 4];
    let mut until_restart = scan.restart;
    for y in 0..height {
        cancel.check()?;
        for x in 0..width {
            if scan.restart > 0 {
                if until_restart == 0 {
                    bits.restart()?;
                    before = [0; 4];
                    until_restart = scan.restart;
                }
                until_restart -= 1;
            }
            for (part, of) in scan.components.iter().enumerate() {
                let component = &scan.frame.components[of.index];
                let (across, down) = match single {
                    true => (1, 1),
                    false => (component.across, component.down),
                };
                let of = &mut blocks[of.index];
                for at in 0..across * down {
                    let (row, column) = (y * down + at / across, x * across + at % across);
                    let value = &mut of.values[(row * of.width + column) * of.kept];
                    read(&mut bits, (part, &mut before[part]), value)?;
                }
            }
        }
        if bits.overrun() {
            return Err(too_short());
        }
    }
    Ok(())
}

/// Scans of other coefficients have one component.
fn ac(scan: &Scan<'_>, blocks: &mut [Blocks], cancel: &Cancel) -> Result<(), Fault> {
    let [of] = scan.components.as_slice() else {
        return Err(Fault::broken("a scan in it is none"));
    };
    let table = scan.ac(of)?;
    let blocks = &mut blocks[of.index];
    let (width, height) = scan.units();
    let mut bits = Bits::new(scan.data);
    let mut ended = 0_u32;
    let mut until_restart = scan.restart;
    for y in 0..height {
        cancel.check()?;
        for x in 0..width {
            if scan.restart > 0 {
                if until_restart == 0 {
                    bits.restart()?;
                    ended = 0;
                    until_restart = scan.restart;
                }
                until_restart -= 1;
            }
            let index = y * blocks.width + x;
            let values = &mut blocks.values[index * blocks.kept..(index + 1) * blocks.kept];
            let set = &mut blocks.set[index];
            if scan.high > 0 {
                refine(&mut bits, table, scan, &mut ended, values, set)?;
            } else if ended > 0 {
                ended -= 1;
            } else {
                ended = first(&mut bits, table, scan, values, set)?;
            }
        }
        if bits.overrun() {
            return Err(too_short());
        }
    }
    Ok(())
}

/// The first bits of a block's coefficients; returns for how many blocks more there are none.
#[inline(always)]
fn first(
    bits: &mut Bits<'_>,
    table: &Ac,
    scan: &Scan<'_>,
    values: &mut [i16],
    set: &mut u64,
) -> Result<u32, Fault> {
    let mut at = scan.first;
    while at <= scan.last {
        bits.fill();
        let step = table.step(bits);
        let value = if step.value != 0 {
            bits.drop(u32::from(step.bits));
            at += usize::from(step.run);
            i32::from(step.value)
        } else {
            let (run, size) = table.symbol(bits, step.run, step.bits)?;
            if size == 0 {
                if run < 15 {
                    return Ok((1 << run) - 1 + bits.take(run as u32) as u32);
                }
                at += 16;
                continue;
            }
            at += run;
            extend(bits.take(size), size)
        };
        if at > 63 {
            return Err(bad_code());
        }
        if let Some(kept) = values.get_mut(at) {
            *kept = (value << scan.low) as i16;
        }
        *set |= 1 << at;
        at += 1;
    }
    Ok(0)
}

/// One more bit of a block's coefficients (ITU T.81, section G.1.2.3).
#[inline(always)]
fn refine(
    bits: &mut Bits<'_>,
    table: &Ac,
    scan: &Scan<'_>,
    ended: &mut u32,
    values: &mut [i16],
    set: &mut u64,
) -> Result<(), Fault> {
    let band = band(scan.first, scan.last);
    let old = *set & band;
    let mut at = scan.first;
    if *ended == 0 {
        let zeros = places(!old & band);
        let mut rank = 0;
        while at <= scan.last {
            bits.fill();
            let (symbol, length) = table.code.symbol(bits.peek(16)).ok_or_else(bad_code)?;
            let (run, new) = (usize::from(symbol >> 4), symbol & 15 != 0);
            if !new && run < 15 {
                bits.drop(length);
                *ended = (1 << run) + bits.take(run as u32) as u32;
                break;
            }
            // The place of the new one: behind `run` others that are 0 and stay so.
            rank += run;
            let place = usize::from(zeros[rank]);
            rank += 1;
            if place > 63 {
                // Sixteen zeros may lead past the end of the block, a coefficient may not.
                if new {
                    return Err(bad_code());
                }
                bits.drop(length);
                break;
            }
            if at < values.len() {
                bits.drop(length);
                let sign = bits.take(u32::from(new)) * 2 - 1;
                correct(
                    bits,
                    old & band_from(at) & !band_from(place),
                    scan.low,
                    values,
                );
                if let (true, Some(kept)) = (new, values.get_mut(place)) {
                    *kept = (sign << scan.low) as i16;
                }
            } else {
                // Its sign, and a bit for each that was not 0 before.
                let passed = place - at - run;
                bits.drop_many(length + u32::from(new) + passed as u32);
            }
            *set |= u64::from(new) << place;
            at = place + 1;
        }
        if *ended == 0 {
            correct(bits, old & band_from(at), scan.low, values);
            return Ok(());
        }
    }
    correct(bits, old & band_from(at), scan.low, values);
    *ended -= 1;
    Ok(())
}

/// Where the bits of `which` are, from the lowest on; behind them 64 as often as a run is long.
#[inline(always)]
fn places(which: u64) -> [u8; 88] {
    let mut places = [64; 88];
    let mut count = 0;
    for (at, byte) in which.to_le_bytes().iter().enumerate() {
        let eight = OF_BYTE[usize::from(*byte)] + 0x0808_0808_0808_0808 * at as u64;
        places[count..count + 8].copy_from_slice(&eight.to_le_bytes());
        count += byte.count_ones() as usize;
    }
    places[count..count + 16].fill(64);
    places
}

/// Where the bits of each byte are, from the lowest on, a byte for each.
const OF_BYTE: [u64; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut bit, mut count) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                table[byte] |= bit << (8 * count);
                count += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    table
};

/// The bits from `first` on; none if it is 64.
#[inline(always)]
fn band_from(first: usize) -> u64 {
    u64::MAX.checked_shl(first as u32).unwrap_or(0)
}

/// The bits from `first` to `last`.
pub(super) fn band(first: usize, last: usize) -> u64 {
    u64::MAX << first & u64::MAX >> (63 - last)
}

/// Reads a correcting bit for each coefficient of `which`, and applies those of kept ones.
#[inline(always)]
fn correct(bits: &mut Bits<'_>, mut which: u64, low: u32, values: &mut [i16]) {
    while which != 0 {
        let place = which.trailing_zeros() as usize;
        let Some(value) = values.get_mut(place) else {
            break;
        };
        bits.fill();
        if bits.take(1) != 0 {
            *value = value.wrapping_add(value.signum() << low);
        }
        which &= which - 1;
    }
    bits.drop_many(which.count_ones());
}
