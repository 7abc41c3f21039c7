//! The lexicon of symbols: `assets/lexicon.txt`, compiled in. The eye asks for the symbol nearest
//! to a form, the writer for names and meanings. `docs/LEXICON.md` is made from it.

mod mention;
mod noun;
mod parse;
pub mod table;
mod theme;

use std::sync::LazyLock;

use crate::eye::Form;
use crate::{Focus, Language};
use mention::Spoken;
pub use noun::{Gender, Noun};
pub use theme::Theme;

/// The table as it is compiled in.
const SOURCE: &str = include_str!("../assets/lexicon.txt");

static WHOLE: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::read().unwrap_or_default());

/// One symbol.
pub struct Symbol {
    /// English name in small letters; what the eye calls it.
    pub key: &'static str,
    /// What it speaks of, in the widest sense.
    pub theme: Theme,
    /// The form that it is named for.
    pub ideal: Form,
    texts: [Text; 3],
}

/// One symbol in one language.
struct Text {
    noun: Noun,
    words: Vec<&'static str>,
    meanings: Vec<&'static str>,
}

/// All symbols.
#[derive(Default)]
pub struct Lexicon {
    symbols: Vec<Symbol>,
}

impl Lexicon {
    /// The embedded table; a test says that it can be read.
    pub fn whole() -> &'static Self {
        &WHOLE
    }

    /// Reads the embedded table; an error names the line and means a broken build.
    pub fn read() -> Result<Self, String> {
        parse::lexicon(SOURCE).map(|symbols| Self { symbols })
    }

    /// The symbol whose ideal form is closest to `form` and how far it is, `taken` ones left out.
    pub fn nearest(&self, form: &Form, taken: &[&str]) -> Option<(&Symbol, f64)> {
        let free = self
            .symbols
            .iter()
            .filter(|symbol| !taken.contains(&symbol.key));
        free.map(|symbol| (symbol, distance(form, &symbol.ideal)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The symbol of that name in any of the languages.
    pub fn named(&self, name: &str) -> Option<&Symbol> {
        let name = name.trim().to_lowercase();
        let is = |symbol: &&Symbol| {
            symbol.key == name || symbol.texts.iter().any(|text| text.noun.name == name)
        };
        self.symbols.iter().find(is).or_else(|| {
            Spoken::name(&name)
                .symbols(&self.symbols)
                .into_iter()
                .next()
        })
    }

    /// Symbols the person speaks of, in the order of the text.
    pub fn mentioned(&self, text: &str) -> Vec<&Symbol> {
        Spoken::by_a_person(text).symbols(&self.symbols)
    }

    /// A symbol chosen by a number, the same for the same number.
    pub fn drawn(&self, number: u64) -> Option<&Symbol> {
        let count = u64::try_from(self.symbols.len())
            .ok()
            .filter(|count| *count > 0)?;
        self.symbols.get(usize::try_from(number % count).ok()?)
    }

    /// All of them, in the order of the table.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }
}

impl Symbol {
    fn text(&self, language: Language) -> &Text {
        let [en, ru, zh] = &self.texts;
        match language {
            Language::En => en,
            Language::Ru => ru,
            Language::Zh => zh,
        }
    }

    /// Its name and the forms of it.
    pub fn noun(&self, language: Language) -> &Noun {
        &self.text(language).noun
    }

    /// One sentence on what it means there.
    pub fn meaning(&self, language: Language, focus: Focus) -> &'static str {
        let at = match focus {
            Focus::General => 0,
            Focus::Wellbeing => 1,
            Focus::Career => 2,
            Focus::Relationships => 3,
        };
        let meanings = &self.text(language).meanings;
        meanings.get(at).copied().unwrap_or_default()
    }
}

/// Weighted differences of the measures; the weights make a typical misfit of each count alike.
fn distance(form: &Form, ideal: &Form) -> f64 {
    let stretch = (form.elongation.ln() - ideal.elongation.ln()).abs();
    let solid = (form.solidity - ideal.solidity).abs();
    let lobes = (form.lobes - ideal.lobes).abs().min(3.0);
    let holes = if (form.holes > 0.0) == (ideal.holes > 0.0) {
        0.0
    } else {
        1.0
    };
    let size = (form.share.max(1e-4).ln() - ideal.share.ln()).abs();
    // The tilt of something round means nothing.
    let tilted = ideal.upright >= 0.0 && form.elongation > 1.3;
    let tilt = if tilted {
        (form.upright - ideal.upright).abs()
    } else {
        0.1
    };
    1.1 * stretch + 1.8 * solid + 0.3 * lobes + 0.9 * holes + 0.35 * size + 0.7 * tilt
}
