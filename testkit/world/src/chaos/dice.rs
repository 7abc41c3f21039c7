//! Random numbers that a seed repeats.

use std::ops::Range;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// The seed of a run: `SEED`, or a new one.
///
/// # Errors
/// `SEED` is not an integer.
pub fn seed() -> anyhow::Result<u64> {
    match std::env::var("SEED") {
        Ok(given) if !given.is_empty() => Ok(given.parse()?),
        _ => Ok(u64::from(rand::random::<u32>())),
    }
}

/// Random numbers, the same for the same seed and name.
pub struct Dice(StdRng);

impl Dice {
    /// The random numbers of one of several users of a seed.
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a: unlike the standard library's hash it is the same in every version.
        let of_name = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        Self(StdRng::seed_from_u64(seed ^ of_name))
    }

    /// An index below `count`.
    pub fn one_of(&mut self, count: usize) -> usize {
        self.0.random_range(0..count)
    }

    /// A number of the range.
    pub fn number(&mut self, range: Range<u64>) -> u64 {
        self.0.random_range(range)
    }

    /// A duration; the range is in milliseconds.
    pub fn millis(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.number(range))
    }

    /// True with a probability of `times` in 1,000.
    pub fn in_thousand(&mut self, times: u32) -> bool {
        self.0.random_range(0..1_000) < times
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_name_repeat_their_numbers_and_others_differ() {
        let throw = |seed, name| {
            let mut dice = Dice::new(seed, name);
            (0..8).map(|_| dice.number(0..1_000)).collect::<Vec<_>>()
        };
        assert_eq!(throw(7, "kills"), throw(7, "kills"));
        assert_ne!(throw(7, "kills"), throw(8, "kills"));
        assert_ne!(throw(7, "kills"), throw(7, "cuts"));
    }
}
