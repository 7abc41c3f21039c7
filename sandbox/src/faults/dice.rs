//! Chance that can be repeated: SplitMix64 (Steele, Lea, Flood 2014), eight lines instead of a
//! dependency, the same sequence for the same seed on every machine.

/// A seeded source of chance.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice that always fall the same way for the same `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// True in `rate` of the throws; 0 never, 1 always. A rate of 0 leaves the dice untouched.
    pub fn hits(&mut self, rate: f64) -> bool {
        rate > 0.0 && ((self.next() >> 11) as f64 / (1u64 << 53) as f64) < rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_are_the_published_ones() {
        // Reference sequence for seed 1234567 from the Rosetta Code task on SplitMix64.
        let mut dice = Dice::new(1234567);
        assert_eq!(dice.next(), 6457827717110365317);
        assert_eq!(dice.next(), 3203168211198807973);
    }

    #[test]
    fn a_rate_of_one_always_hits_and_zero_never() {
        let mut dice = Dice::new(7);
        assert!((0..1000).all(|_| dice.hits(1.0)));
        assert!((0..1000).all(|_| !dice.hits(0.0)));
        let half = (0..10_000).filter(|_| dice.hits(0.5)).count();
        assert!((4_800..5_200).contains(&half), "{half}");
    }
}
