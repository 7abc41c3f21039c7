//! What both writers hold: the book, chance that is a hash of the task, and the memory of what has
//! been said, so that no sentence comes twice.

use sha2::{Digest, Sha256};

use super::book::{Book, Variants};
use crate::Language;
use crate::lexicon::Noun;

/// One text being written.
pub struct Pen {
    /// The phrases.
    pub book: &'static Book,
    /// Their language.
    pub language: Language,
    chance: u64,
    used: Vec<&'static str>,
}

impl Pen {
    /// A pen whose choices follow from `seed` alone.
    pub fn new(language: Language, seed: &str) -> Self {
        let digest = Sha256::digest(seed);
        let first = digest.iter().take(8);
        Self {
            book: Book::of(language),
            language,
            chance: first.fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
            used: Vec::new(),
        }
    }

    /// The next number of the chance (SplitMix64).
    pub fn number(&mut self) -> u64 {
        self.chance = self.chance.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.chance;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `count`, which is not 0.
    pub fn below(&mut self, count: usize) -> usize {
        // The remainder is below `count`, so it fits.
        (self.number() % count.max(1) as u64) as usize
    }

    /// A variant that has not been used yet.
    pub fn fresh(&mut self, variants: Variants) -> Option<&'static str> {
        self.fresh_where(variants, |_| true)
    }

    /// The same among those that suit.
    pub fn fresh_where(
        &mut self,
        variants: Variants,
        suits: impl Fn(&str) -> bool,
    ) -> Option<&'static str> {
        let free: Vec<&'static str> = variants
            .iter()
            .copied()
            .filter(|variant| suits(variant) && !self.used.contains(variant))
            .collect();
        if free.is_empty() {
            return None;
        }
        let chosen = free[self.below(free.len())];
        self.used.push(chosen);
        Some(chosen)
    }

    /// This sentence, unless it has been used.
    pub fn once(&mut self, sentence: &'static str) -> Option<&'static str> {
        let free = !self.used.contains(&sentence);
        self.used.push(sentence);
        free.then_some(sentence)
    }

    /// Whether it has been.
    pub fn said(&self, sentence: &str) -> bool {
        self.used.contains(&sentence)
    }

    /// Sentences one after another.
    pub fn paragraph(&self, sentences: impl IntoIterator<Item = String>) -> String {
        let sentences: Vec<String> = sentences.into_iter().collect();
        sentences.join(self.book.gap)
    }

    /// The noun for a sign without a name.
    pub fn unnamed(&self) -> Noun {
        let text = self.book.reading.unnamed;
        let noun = match self.language {
            Language::En => None,
            Language::Ru => Noun::russian(text),
            Language::Zh => Noun::chinese(text),
        };
        noun.unwrap_or_else(|| Noun::english(text))
    }
}
