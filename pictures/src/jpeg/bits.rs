//! The bits of a scan, without the stuffed zero bytes (ITU T.81, section B.1.1.5).

use super::huffman::Table;
use crate::Fault;

/// Reads the entropy-coded bytes of one scan. Bits stand at the top of `acc`; past the end zeros
/// come, and are counted, so that the caller finds out afterwards that it has read too far.
pub struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    acc: u64,
    pub have: u32,
    made_up: u32,
}

impl<'a> Bits<'a> {
    pub fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            acc: 0,
            have: 0,
            made_up: 0,
        }
    }

    /// Makes sure that 32 bits are there: a Huffman code and what follows it. Takes in what there is
    /// room for each time: asking first whether it is needed takes longer.
    #[inline(always)]
    pub fn fill(&mut self) {
        if let Some(next) = self.data.get(self.at..self.at + 8) {
            let word = u64::from_be_bytes(next.try_into().unwrap_or_default());
            if !has_ff(word) {
                self.acc |= word >> self.have;
                let bytes = (63 - self.have) >> 3;
                self.at += bytes as usize;
                self.have += bytes * 8;
                return;
            }
        }
        if self.have < 32 {
            self.fill_bytes();
        }
    }

    #[cold]
    #[inline(never)]
    fn fill_bytes(&mut self) {
        self.acc &= !(u64::MAX.checked_shr(self.have).unwrap_or(0));
        while self.have <= 56 {
            let byte = match (self.data.get(self.at), self.data.get(self.at + 1)) {
                (Some(0xFF), Some(0)) => {
                    self.at += 2;
                    0xFF
                }
                // A marker, or the end.
                (Some(0xFF), _) | (None, _) => {
                    self.made_up = self.made_up.saturating_add(8);
                    0
                }
                (Some(byte), _) => {
                    self.at += 1;
                    *byte
                }
            };
            self.acc |= u64::from(byte) << (56 - self.have);
            self.have += 8;
        }
    }

    /// The next `count` bits, 1 to 16, without taking them.
    #[inline(always)]
    pub(super) fn peek(&self, count: u32) -> usize {
        (self.acc >> (64 - count)) as usize
    }

    #[inline(always)]
    pub fn drop(&mut self, count: u32) {
        self.acc <<= count;
        self.have = self.have.wrapping_sub(count);
    }

    /// Leaves any number of bits out.
    #[inline(always)]
    pub fn drop_many(&mut self, mut count: u32) {
        while count > self.have {
            count -= self.have;
            self.drop_all();
            self.fill();
        }
        // All 64 cannot be shifted out.
        if count >= self.have {
            self.drop_all();
        } else {
            self.drop(count);
        }
    }

    fn drop_all(&mut self) {
        (self.acc, self.have) = (0, 0);
    }

    /// Takes `count` bits, 0 to 16.
    #[inline(always)]
    pub fn take(&mut self, count: u32) -> i32 {
        let value = (self.acc >> 32 >> (32 - count)) as i32;
        self.drop(count);
        value
    }

    /// Takes a number of `size` bits, 0 to 16, in the form of ITU T.81, section F.1.2.1.
    #[inline(always)]
    pub(super) fn take_signed(&mut self, size: u32) -> i32 {
        let value = self.take(size);
        super::huffman::extend(value, size)
    }

    /// Takes one symbol.
    #[inline(always)]
    pub(super) fn symbol(&mut self, table: &Table) -> Result<u8, Fault> {
        let (symbol, length) = table.symbol(self.peek(16)).ok_or_else(bad_code)?;
        self.drop(length);
        Ok(symbol)
    }

    /// Whether more was read than there is.
    pub fn overrun(&self) -> bool {
        self.made_up > self.have
    }

    /// Goes on after a restart marker.
    pub(super) fn restart(&mut self) -> Result<(), Fault> {
        // Whole bytes that were taken in beforehand are the padding before the marker, at most.
        if self.overrun() {
            return Err(too_short());
        }
        let at = self.marker().ok_or_else(too_short)?;
        *self = Self {
            at: at + 2,
            ..Self::new(self.data)
        };
        Ok(())
    }

    /// Where the next restart marker is; unexpected bytes before it are passed over.
    fn marker(&self) -> Option<usize> {
        // What was taken in can never lie behind a marker: taking in stops there.
        let rest = self.data.get(self.at..)?;
        memchr::memchr_iter(0xFF, rest)
            .find(|at| matches!(rest.get(at + 1), Some(0xD0..=0xD7)))
            .map(|at| self.at + at)
    }
}

/// Whether one of the eight bytes is 0xFF.
#[inline(always)]
fn has_ff(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    (!word).wrapping_sub(ONES) & word & (ONES << 7) != 0
}

/// Rows of blocks are missing.
pub(super) fn too_short() -> Fault {
    Fault::Truncated
}

#[cold]
pub(super) fn bad_code() -> Fault {
    Fault::broken("a code in it is none")
}
