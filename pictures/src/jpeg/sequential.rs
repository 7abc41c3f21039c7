//! Scans of sequential JPEGs (ITU T.81, annex F): block after block straight into samples.
//! Coefficients that the scale makes no use of are only counted, several by one look-up.

use super::bits::{Bits, bad_code, too_short};
use super::huffman::{Ac, Table};
use super::idct::Transforms;
use super::{Plane, Scan};
use crate::{Cancel, Fault};

/// One component of a scan: what its blocks need.
struct Part<'a> {
    dc: &'a Table,
    ac: &'a Ac,
    steps: &'a [u16; 64],
    last: usize,
    scale: usize,
    /// Blocks of it in a unit.
    across: usize,
    down: usize,
    before: i32,
    plane: &'a mut Plane,
}

/// Decodes a scan into the planes.
///
/// # Errors
/// If the data are no blocks, or end early; if cancelled.
pub(super) fn decode(
    scan: &Scan<'_>,
    planes: &mut [Plane],
    transforms: &Transforms,
    cancel: &Cancel,
) -> Result<(), Fault> {
    let mut parts = Vec::with_capacity(scan.components.len());
    for (index, plane) in planes.iter_mut().enumerate() {
        let Some(of) = scan.components.iter().find(|of| of.index == index) else {
            continue;
        };
        let component = &scan.frame.components[index];
        let single = scan.components.len() == 1;
        parts.push(Part {
            dc: scan.dc(of)?,
            ac: scan.ac(of)?,
            steps: scan.steps(component)?,
            last: component.last,
            scale: component.scale,
            across: if single { 1 } else { component.across },
            down: if single { 1 } else { component.down },
            before: 0,
            plane,
        });
    }
    let (width, height) = scan.units();
    let mut bits = Bits::new(scan.data);
    let mut until_restart = scan.restart;
    let mut block = [0_i16; 64];
    for y in 0..height {
        cancel.check()?;
        for x in 0..width {
            if scan.restart > 0 {
                if until_restart == 0 {
                    bits.restart()?;
                    parts.iter_mut().for_each(|part| part.before = 0);
                    until_restart = scan.restart;
                }
                until_restart -= 1;
            }
            for part in &mut parts {
                for down in 0..part.down {
                    for across in 0..part.across {
                        read(&mut bits, part, &mut block)?;
                        let at = (x * part.across + across, y * part.down + down);
                        let (out, stride) = part.plane.block(at, part.scale);
                        let coefficients = &block[..=part.last];
                        transforms.block(part.scale, coefficients, part.steps, out, stride);
                    }
                }
            }
        }
        if bits.overrun() {
            return Err(too_short());
        }
    }
    Ok(())
}

/// Reads a block (ITU T.81, section F.2.2): its first coefficients into `block`, the others past.
#[inline(always)]
fn read(bits: &mut Bits<'_>, part: &mut Part<'_>, block: &mut [i16; 64]) -> Result<(), Fault> {
    let last = part.last;
    block[..=last].fill(0);
    bits.fill();
    let size = u32::from(bits.symbol(part.dc)?);
    if size > 15 {
        return Err(bad_code());
    }
    part.before = part.before.wrapping_add(bits.take_signed(size));
    block[0] = part.before as i16;
    let mut at = 1;
    while at <= last {
        bits.fill();
        let step = part.ac.step(bits);
        if step.value != 0 {
            bits.drop(u32::from(step.bits));
            at += usize::from(step.run);
            if at <= last {
                block[at] = step.value;
            }
            at += 1;
        } else {
            let (run, size) = symbol(bits, part.ac, step.run, step.bits)?;
            if size == 0 && run == 0 {
                return Ok(());
            }
            at += run;
            let value = bits.take_signed(size);
            if at <= last {
                block[at] = value as i16;
            }
            at += 1;
        }
    }
    pass(bits, part.ac, at)
}

/// A symbol as [`Ac::symbol`] tells it, of those that a sequential scan has.
#[inline]
fn symbol(bits: &mut Bits<'_>, ac: &Ac, found: u8, length: u8) -> Result<(usize, u32), Fault> {
    let (run, size) = ac.symbol(bits, found, length)?;
    if size == 0 && run != 0 && run != 15 {
        return Err(bad_code());
    }
    Ok((run, size))
}

/// Passes over the rest of a block.
#[inline(always)]
fn pass(bits: &mut Bits<'_>, ac: &Ac, mut at: usize) -> Result<(), Fault> {
    while at < 64 {
        bits.fill();
        let leap = ac.leap(bits);
        if leap.bits() != 0 && at + leap.far() <= 64 {
            bits.drop(leap.bits());
            at += leap.far();
            if leap.ends() {
                return Ok(());
            }
            continue;
        }
        let (run, size) = symbol(bits, ac, 0, 0)?;
        if size == 0 && run == 0 {
            return Ok(());
        }
        bits.drop(size);
        at += run + 1;
    }
    if at > 64 { Err(bad_code()) } else { Ok(()) }
}
