//! Makes new inputs out of those that are there. The same seed makes the same ones.

use crate::Target;

/// What breaks parsers: ends of ranges, and text that is no text.
const WORDS: [&[u8]; 20] = [
    b"\0",
    b"\xFF\xFF\xFF\xFF",
    b"\xED\xA0\x80",
    b"\xC0\x80",
    b"\\ud800",
    b"\\u0000",
    b"\xE2\x80\xAE",
    b"\xEF\xBB\xBF",
    b"\r\n",
    b"%00",
    b"%ff",
    b"-1",
    b"0",
    b"1e999",
    b"9223372036854775807",
    b"18446744073709551616",
    b"\"\"",
    b"[[[[[[[[[[[[[[[[",
    b"{\"a\":",
    b"null",
];

/// A source of inputs.
pub(crate) struct Mutator {
    state: u64,
    words: Vec<Vec<u8>>,
    largest: usize,
}

impl Mutator {
    pub(crate) fn new(seed: u64, target: &Target) -> Self {
        let own = target.words.iter().map(|word| word.as_bytes().to_vec());
        Self {
            state: seed,
            words: WORDS.iter().map(|word| word.to_vec()).chain(own).collect(),
            largest: target.largest,
        }
    }

    /// An input of the pool with one to eight things changed in it.
    pub(crate) fn mutate(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let mut input = pool[self.below(pool.len())].clone();
        for _ in 0..=self.below(8) {
            self.change(&mut input, pool);
        }
        input.truncate(self.largest);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        let (from, to) = self.range(input.len());
        match self.below(9) {
            0 if from < input.len() => input[from] ^= 1 << self.below(8),
            1 if from < input.len() => input[from] = self.next() as u8,
            2 => input.insert(from, self.next() as u8),
            3 => drop(input.drain(from..to)),
            4 => {
                let again = input[from..to].to_vec();
                drop(input.splice(from..from, again));
            }
            5 => input.truncate(from),
            6 => {
                let other = &pool[self.below(pool.len())];
                let (start, end) = self.range(other.len());
                drop(input.splice(from..to, other[start..end].to_vec()));
            }
            7 => {
                let word = self.word();
                drop(input.splice(from..to.min(from + word.len()), word));
            }
            _ => {
                let word = self.word();
                drop(input.splice(from..from, word));
            }
        }
    }

    fn word(&mut self) -> Vec<u8> {
        let at = self.below(self.words.len());
        self.words[at].clone()
    }

    /// A range within a length; short ones come more often.
    fn range(&mut self, length: usize) -> (usize, usize) {
        let from = self.below(length + 1);
        let longest = 1 << self.below(12);
        (from, (from + self.below(longest + 1)).min(length))
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// SplitMix64 (Steele, Lea and Flood, 2014).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.state;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }
}
