//! A pattern of the cup together with what the lexicon knows of it.

use super::book::Variants;
use super::fill::fill;
use super::pen::Pen;
use super::place::Place;
use crate::lexicon::{Lexicon, Noun, Symbol, Theme};
use crate::{Focus, Pattern};

/// One sign.
pub struct Sign<'a> {
    /// As the eye wrote it.
    pub pattern: &'a Pattern,
    /// Known to the lexicon or not.
    pub symbol: Option<&'static Symbol>,
    /// Its name.
    pub noun: Noun,
    /// Where it lies.
    pub place: Place,
}

impl<'a> Sign<'a> {
    /// The signs of a cup, no symbol twice.
    pub fn all(patterns: &'a [Pattern], pen: &Pen) -> Vec<Self> {
        let mut signs: Vec<Self> = Vec::new();
        for pattern in patterns {
            let symbol = Lexicon::whole().named(&pattern.symbol);
            let known = |sign: &Sign<'_>| sign.symbol.map(|s| s.key) == symbol.map(|s| s.key);
            if !signs.iter().any(known) {
                let noun = symbol.map(|symbol| symbol.noun(pen.language).clone());
                signs.push(Self {
                    pattern,
                    symbol,
                    noun: noun.unwrap_or_else(|| pen.unnamed()),
                    place: Place::of(&pattern.place),
                });
            }
        }
        signs
    }

    /// What it speaks of.
    pub fn theme(&self) -> Theme {
        self.symbol.map_or(Theme::Insight, |symbol| symbol.theme)
    }

    /// A template about this sign.
    pub fn say(&self, pen: &Pen, template: &str, values: &[(&str, &str)]) -> String {
        let place = self.place.words(&pen.book.places);
        let place = ("place", place.unwrap_or_default());
        let values: Vec<_> = std::iter::once(place)
            .chain(values.iter().copied())
            .collect();
        fill(template, &self.noun, &values)
    }

    /// The same inside a sentence: nothing is made a capital.
    pub fn phrase(&self, pen: &Pen, template: &str) -> String {
        let marked = self.say(pen, &format!("\u{1}{template}"), &[]);
        marked.trim_start_matches('\u{1}').to_owned()
    }

    /// A variant that has not been used: one that names the place, or none where it is unknown.
    pub fn fresh(&self, pen: &mut Pen, variants: Variants) -> Option<&'static str> {
        let known = self.place.words(&pen.book.places).is_some();
        pen.fresh_where(variants, |variant| variant.contains("{place}") == known)
    }

    /// What it means there, unless that has been said.
    pub fn meaning(&self, pen: &mut Pen, focus: Focus) -> Option<String> {
        let sentence = match self.symbol {
            Some(symbol) => pen.once(symbol.meaning(pen.language, focus)),
            None => pen.fresh(pen.book.reading.unnamed_meanings),
        };
        sentence.map(str::to_owned)
    }

    /// The most telling measure that has not been spoken of.
    pub fn look(&self, pen: &mut Pen) -> Option<String> {
        const MEASURES: [&[&str]; 11] = [
            &["light clearing"],
            &["opening"],
            &["large"],
            &["small"],
            &["long"],
            &["branching"],
            &["upright"],
            &["leaning"],
            &["level"],
            &["round", "oval"],
            &["soft", "faint"],
        ];
        let shape = self.pattern.shape.to_lowercase();
        let looks = &pen.book.reading.looks;
        for (words, variants) in MEASURES.iter().zip(looks) {
            let unsaid = !variants.iter().any(|v| pen.said(v));
            if unsaid && words.iter().any(|word| shape.contains(word)) {
                return pen
                    .fresh(variants)
                    .map(|template| self.say(pen, template, &[]));
            }
        }
        None
    }
}
