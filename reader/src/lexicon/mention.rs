//! Finds the symbols that a person speaks of. In the table `_` joins the two words of a name, `=`
//! marks a whole Russian word, and `?` a word of every day: it names a sign only where a person
//! tells of a cup or asks what a sign means. «What about my money?» is no question about a coin.

use super::Symbol;

/// How people tell of what they see in a cup, and how they ask about a sign.
const SEEING: [&str; 38] = [
    " i see ",
    " i saw ",
    " i can see ",
    " there is ",
    " looks like ",
    " look like ",
    " in my cup ",
    " in the cup ",
    " bottom ",
    " rim ",
    " shape",
    " sign ",
    " signs ",
    " symbol",
    " mean ",
    " means ",
    " meaning ",
    " вижу ",
    " увидел",
    " видел",
    " видн",
    " похож",
    " чашк",
    " дне ",
    " стенк",
    " фигур",
    " знак",
    " символ",
    " знач",
    " означ",
    "看到",
    "看见",
    "杯",
    "图案",
    "意思",
    "代表",
    "象征",
    "意味",
];
/// English words of every day need one of these not far before them, too.
const ARTICLES: [&str; 7] = ["a", "an", "the", "two", "three", "some", "and"];

/// A text, cut into words.
pub struct Spoken {
    text: String,
    words: Vec<String>,
    seeing: bool,
    name: bool,
}

impl Spoken {
    /// What a person wrote.
    pub fn by_a_person(text: &str) -> Self {
        Self::new(text, false)
    }

    /// What an eye calls a sign: no everyday talk.
    pub fn name(text: &str) -> Self {
        Self::new(text, true)
    }

    fn new(text: &str, name: bool) -> Self {
        let text = text.to_lowercase();
        let words = text.split(|c: char| !c.is_alphanumeric());
        let words = words.filter(|word| !word.is_empty()).map(str::to_owned);
        let words: Vec<String> = words.collect();
        let line = format!(" {} ", words.join(" "));
        Self {
            seeing: SEEING.iter().any(|word| line.contains(word)),
            name,
            text,
            words,
        }
    }

    /// Those of `symbols` that are spoken of, in the order of the text.
    pub fn symbols<'a>(&self, symbols: &'a [Symbol]) -> Vec<&'a Symbol> {
        let mut found: Vec<(usize, usize, &Symbol)> = Vec::new();
        for symbol in symbols {
            let found_at = self.position(symbol);
            found.extend(found_at.map(|(at, length)| (at, length, symbol)));
        }
        let pairs: Vec<usize> = found.iter().filter(|f| f.1 == 2).map(|f| f.0).collect();
        // A part of a name of two words is not a second sign: «воздушный змей» is no «змея».
        found.retain(|(at, length, _)| {
            *length == 2 || !pairs.iter().any(|pair| at == pair || *at == pair + 1)
        });
        found.sort_by_key(|(at, ..)| *at);
        found.into_iter().map(|(_, _, symbol)| symbol).collect()
    }

    /// Where the symbol is named, and in how many words.
    fn position(&self, symbol: &Symbol) -> Option<(usize, usize)> {
        let [en, ru, zh] = &symbol.texts;
        let named = |at: usize, entries: &[&str], english: bool| {
            let mut entries = entries.iter();
            let entry = entries.find(|entry| self.matches(at, entry, english));
            entry.map(|entry| (at, length(entry)))
        };
        let spoken = (0..self.words.len())
            .find_map(|at| named(at, &en.words, true).or_else(|| named(at, &ru.words, false)));
        let written = || {
            let open = zh.words.iter().filter_map(|word| self.open(word));
            let mut at = open.filter_map(|word| self.text.find(word));
            at.next().map(|at| (at, 1))
        };
        spoken.or_else(written)
    }

    /// The entry without its mark, if it may count here.
    fn open<'a>(&self, entry: &'a str) -> Option<&'a str> {
        match entry.strip_prefix('?') {
            Some(word) => (self.seeing || self.name).then_some(word),
            None => Some(entry),
        }
    }

    fn matches(&self, at: usize, entry: &str, english: bool) -> bool {
        let Some(parts) = self.open(entry) else {
            return false;
        };
        let mut words = self.words[at..].iter();
        let named = parts.split('_').all(|part| {
            let word = words.next();
            word.is_some_and(|word| match english {
                true => word == part,
                false => russian(word, part),
            })
        });
        let everyday = english && entry.starts_with('?') && !self.name;
        let near = &self.words[at.saturating_sub(2)..at];
        named && (!everyday || near.iter().any(|word| ARTICLES.contains(&word.as_str())))
    }
}

fn length(entry: &str) -> usize {
    entry.split('_').count()
}

/// `=` asks for the whole word; a stem may grow by an ending of up to three letters.
fn russian(word: &str, stem: &str) -> bool {
    match stem.strip_prefix('=') {
        Some(whole) => word == whole,
        None => word
            .strip_prefix(stem)
            .is_some_and(|ending| ending.chars().count() <= 3),
    }
}
