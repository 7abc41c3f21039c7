//! What a question is about, by the beginnings of its words.

use super::book::{AnswerBook, Variants};
use crate::Focus;

/// A topic, in the order of the lists of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Two people.
    Love,
    /// Job, study.
    Work,
    /// Money.
    Money,
    /// Body and mood.
    Health,
    /// Moving, travelling.
    Travel,
    /// Family, friends.
    Family,
    /// "What should I do?"
    Doing,
    /// Anything else.
    Other,
}

impl Topic {
    const ALL: [Self; 7] = [
        Self::Love,
        Self::Work,
        Self::Money,
        Self::Health,
        Self::Travel,
        Self::Family,
        Self::Doing,
    ];

    /// The first topic that a word of the question belongs to.
    pub fn of(words: &str, book: &AnswerBook) -> Self {
        let about = |(_, stems): &(&Self, &Variants)| speaks_of(words, stems);
        let mut pairs = Self::ALL.iter().zip(&book.stems);
        pairs.find(about).map_or(Self::Other, |(topic, _)| *topic)
    }

    /// Which of a symbol's meanings belongs to it.
    pub fn focus(self, otherwise: Focus) -> Focus {
        match self {
            Self::Love | Self::Family => Focus::Relationships,
            Self::Work | Self::Money => Focus::Career,
            Self::Health => Focus::Wellbeing,
            Self::Travel => Focus::General,
            Self::Doing | Self::Other => otherwise,
        }
    }
}

/// Whether a word begins with one of `stems` (with `=`: is one); Chinese and phrases: is contained.
pub fn speaks_of(words: &str, stems: Variants) -> bool {
    let lower = words.to_lowercase();
    let list: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
    stems.iter().any(|stem| match stem.strip_prefix('=') {
        Some(whole) => list.contains(&whole),
        None if stem.contains(' ') || !stem.chars().all(alphabet) => lower.contains(stem),
        None => list.iter().any(|word| word.starts_with(stem)),
    })
}

/// Whether a question asks for yes or no: its first word says so, or a particle anywhere.
pub fn asks_yes_or_no(words: &str, marks: Variants) -> bool {
    let lower = words.to_lowercase();
    marks.iter().any(|mark| match mark.chars().all(alphabet) {
        false => lower.contains(mark),
        true => {
            lower
                .split(['.', '!', '?', ',', ';', '\n'])
                .filter_map(|part| part.split_whitespace().next())
                .any(|first| first == *mark)
                || (*mark == "ли" && lower.split_whitespace().any(|word| word == "ли"))
        }
    })
}

fn alphabet(c: char) -> bool {
    c.is_ascii() || ('\u{400}'..='\u{4ff}').contains(&c)
}
