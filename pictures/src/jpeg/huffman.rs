//! Huffman tables (ITU T.81, annex C), unfolded for speed: whole coefficients by one look-up, and
//! several at once where only their length is of interest.

use super::bits::Bits;
use crate::Fault;

/// Bits that the tables of symbols and of coefficients look at.
const LOOK: u32 = 10;

/// Bits that the table of leaps looks at.
pub(super) const LEAP: u32 = 13;

/// The code of a table, as the file states it.
#[derive(Clone)]
pub(super) struct Table {
    /// Symbol and length of the code that these bits begin with; length 0 if it is longer.
    short: Box<[(u8, u8)]>,
    /// The first 16-bit number behind all codes of a length, by length.
    limits: [u32; 17],
    /// What to add to a code of a length for the index of its symbol.
    offsets: [i32; 17],
    symbols: Vec<u8>,
}

impl Table {
    /// From the counts of codes of each length, 1 to 16, and the symbols by rising code.
    ///
    /// # Errors
    /// If there are more codes than there can be.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, Fault> {
        let mut table = Self {
            short: vec![(0, 0); 1 << LOOK].into(),
            limits: [0; 17],
            offsets: [0; 17],
            symbols: symbols.to_vec(),
        };
        let (mut code, mut index) = (0_u32, 0_usize);
        for length in 1..=16 {
            let count = usize::from(counts[length - 1]);
            table.offsets[length] = index as i32 - code as i32;
            for _ in 0..count {
                if code >> length != 0 {
                    return Err(Fault::broken("a table in it has too many codes"));
                }
                table.unfold(code, length as u32, symbols[index]);
                code += 1;
                index += 1;
            }
            table.limits[length] = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    fn unfold(&mut self, code: u32, length: u32, symbol: u8) {
        if length <= LOOK {
            let first = (code << (LOOK - length)) as usize;
            self.short[first..first + (1 << (LOOK - length))].fill((symbol, length as u8));
        }
    }

    /// Symbol and length of the code that these 16 bits begin with.
    #[inline(always)]
    pub(super) fn symbol(&self, bits: usize) -> Option<(u8, u32)> {
        match self.short[bits >> (16 - LOOK) & ((1 << LOOK) - 1)] {
            (_, 0) => self.long(bits as u32),
            (symbol, length) => Some((symbol, u32::from(length))),
        }
    }

    #[cold]
    fn long(&self, bits: u32) -> Option<(u8, u32)> {
        let length = (1..=16).find(|length| bits < self.limits[*length])?;
        let index = (bits >> (16 - length)) as i32 + self.offsets[length];
        Some((*self.symbols.get(index as usize)?, length as u32))
    }
}

/// A number of `size` bits in the form of ITU T.81, section F.1.2.1.
#[inline(always)]
pub(super) fn extend(value: i32, size: u32) -> i32 {
    let half = (1_i32 << size) >> 1;
    if value < half {
        value - (1 << size) + 1
    } else {
        value
    }
}

/// What one look-up tells about an AC coefficient.
#[derive(Clone, Copy, Default)]
pub(super) struct Step {
    /// The coefficient. 0: the symbol is in `run`, and its further bits are still to be read.
    pub value: i16,
    /// Zeros before the coefficient.
    pub run: u8,
    /// Bits of all this; 0 if they are more than were looked at.
    pub bits: u8,
}

/// A table for AC coefficients.
pub(super) struct Ac {
    pub code: Table,
    steps: Box<[Step]>,
    /// How far a run of whole symbols leads; see [`Leap`].
    leaps: Box<[Leap]>,
}

/// Whole symbols of sequential mode behind each other: bits 0 to 3 their length (0: none fits),
/// bits 4 to 10 the coefficients they stand for, with one more for an end of block, bit 15 whether
/// they end the block.
#[derive(Clone, Copy, Default)]
pub(super) struct Leap(u16);

impl Leap {
    #[inline(always)]
    pub(super) fn bits(self) -> u32 {
        u32::from(self.0 & 15)
    }

    #[inline(always)]
    pub(super) fn far(self) -> usize {
        usize::from(self.0 >> 4 & 127)
    }

    #[inline(always)]
    pub(super) fn ends(self) -> bool {
        self.0 >> 15 != 0
    }
}

impl Ac {
    pub(super) fn new(code: Table) -> Self {
        let steps: Box<[Step]> = (0..1 << LOOK).map(|bits| step(&code, bits)).collect();
        let leaps = (0..1 << LEAP).map(|bits| leap(&code, bits)).collect();
        Self { code, steps, leaps }
    }

    /// A symbol that was looked up, or has to be: its zeros and the size of what follows.
    #[inline]
    pub(super) fn symbol(
        &self,
        bits: &mut Bits<'_>,
        found: u8,
        length: u8,
    ) -> Result<(usize, u32), Fault> {
        let symbol = if length == 0 {
            bits.symbol(&self.code)?
        } else {
            bits.drop(u32::from(length));
            found
        };
        Ok((usize::from(symbol >> 4), u32::from(symbol & 15)))
    }

    #[inline(always)]
    pub(super) fn step(&self, bits: &Bits<'_>) -> Step {
        self.steps[bits.peek(LOOK) & ((1 << LOOK) - 1)]
    }

    #[inline(always)]
    pub(super) fn leap(&self, bits: &Bits<'_>) -> Leap {
        self.leaps[bits.peek(LEAP) & ((1 << LEAP) - 1)]
    }
}

fn step(code: &Table, bits: usize) -> Step {
    let (symbol, length) = code.short[bits];
    let (run, size) = (symbol >> 4, symbol & 15);
    let all = length + size;
    if length == 0 {
        return Step::default();
    }
    if size == 0 || u32::from(all) > LOOK {
        return Step {
            value: 0,
            run: symbol,
            bits: length,
        };
    }
    let value = bits >> (LOOK - u32::from(all)) & ((1 << size) - 1);
    Step {
        value: extend(value as i32, u32::from(size)) as i16,
        run,
        bits: all,
    }
}

fn leap(code: &Table, bits: usize) -> Leap {
    let (mut used, mut far, mut ends) = (0_u32, 0_u32, false);
    while !ends && used < LEAP {
        let rest = (bits << (16 - LEAP + used)) & 0xFFFF;
        let Some((symbol, length)) = code.symbol(rest) else {
            break;
        };
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        if used + length + size > LEAP || far + run + 1 > 64 {
            break;
        }
        // In sequential mode a symbol of size 0 is an end of block or sixteen zeros; others mean
        // nothing, and are found out when they are met alone.
        if size == 0 && run != 0 && run != 15 {
            break;
        }
        ends = symbol == 0;
        used += length + size;
        far += run + 1;
    }
    Leap((used | far << 4 | u32::from(ends) << 15) as u16)
}
