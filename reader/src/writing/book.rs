//! The shape of a phrase book. In its templates `{one}`, `{the}`, `{gen}`, `{acc}` are
//! forms of the sign spoken of, `{other}` is another sign, `{place}`, `{rest}` and `{quote}` what
//! they say (a sign whose place is unknown takes a variant without `{place}`); `[m|f|n|p]` agrees with the sign, `[singular|plural]` likewise.

use crate::lexicon::Theme;
use crate::{Focus, Language};

use super::{en, ru, zh};

/// Ways to say one thing; a reading uses each at most once.
pub type Variants = &'static [&'static str];

/// Everything one language needs.
pub struct Book {
    /// Between sentences.
    pub gap: &'static str,
    /// Between items of a list, and before the last.
    pub comma: &'static str,
    /// Before the last item.
    pub and: &'static str,
    /// Places.
    pub places: Places,
    /// Readings.
    pub reading: ReadingBook,
    /// Their end.
    pub advice: AdviceBook,
    /// Answers to questions.
    pub answers: AnswerBook,
    /// What this reader is: after a look into a cup, and where there was none.
    pub notice: &'static str,
    pub notice_of_words: &'static str,
}

/// Places in words.
pub struct Places {
    /// Bottom, wall, rim; for each the eight sides in the order of the eye's, and no side.
    pub depths: [[&'static str; 9]; 3],
    /// Sides alone.
    pub sides: [&'static str; 8],
}

/// What readings are made of.
pub struct ReadingBook {
    /// Title of a section at the bottom, on the wall, near the rim, elsewhere.
    pub titles: [&'static str; 4],
    /// The first sign and its place.
    pub openings: Variants,
    /// How one of the other signs is written in a list (without a place like a told one); the signs a person told of; drawn ones.
    pub item: &'static str,
    pub told_item: &'static str,
    pub drawn_item: &'static str,
    /// The other signs.
    pub rest: Variants,
    /// Where most of it lies: bottom, wall, rim, left, right, nowhere in particular.
    pub weights: [Variants; 6],
    /// By theme.
    pub moods: [Variants; 10],
    /// Turns to the focus.
    pub focus: [Variants; 4],
    /// Light, open, large, small, long, branching, upright, leaning, level, round, soft.
    pub looks: [Variants; 11],
    /// Clear, a hint.
    pub clarity: [Variants; 2],
    /// Near another sign, across from it, neither.
    pub relations: [Variants; 3],
    /// What bottom, wall and rim mean in time.
    pub times: [Variants; 3],
    /// Left, right.
    pub hands: [Variants; 2],
    /// A sign of the last readings is back; another one was there.
    pub returning: Variants,
    pub before: Variants,
    /// The picture shows no cup.
    pub not_a_cup: &'static str,
    /// Signs the person described; signs drawn for their words; for no words.
    pub told: Variants,
    pub drawn: Variants,
    pub drawn_silent: Variants,
    /// The person's words at the end of a reading.
    pub heard: Variants,
    /// Title and answer when words alone hold a question.
    pub question: [&'static str; 2],
    /// A sign the lexicon does not know, as the lexicon would write it, and what it means.
    pub unnamed: &'static str,
    pub unnamed_meanings: Variants,
}

/// How readings end.
pub struct AdviceBook {
    /// By focus.
    pub titles: [&'static str; 4],
    /// By theme and focus.
    pub by_theme: [[&'static str; 4]; 10],
}

/// Answers to questions; lists of eight go by `Topic`.
pub struct AnswerBook {
    /// Beginnings of words that tell the last topic apart from the first seven; `=` whole words.
    pub stems: [Variants; 7],
    /// Words of "when".
    pub when: Variants,
    /// Words a yes-or-no question begins with (English, Russian) or holds (Russian, Chinese).
    pub yes_no: Variants,
    /// How an answer begins.
    pub leads: [Variants; 8],
    /// Brings in the sign that answers.
    pub signs: Variants,
    /// The sign they ask about is in their cup; is not; there is no cup; nor a name.
    pub named_in: Variants,
    pub named_out: Variants,
    pub named_alone: Variants,
    pub no_signs: Variants,
    /// Brings in a second sign.
    pub second: Variants,
    /// Bottom, wall, rim, unknown.
    pub whens: [Variants; 4],
    /// Clear sign, soft sign, hint.
    pub yes_nos: [Variants; 3],
    /// A small thing to try.
    pub turns: [Variants; 8],
}

impl Book {
    /// The book of a language.
    pub fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &en::BOOK,
            Language::Ru => &ru::BOOK,
            Language::Zh => &zh::BOOK,
        }
    }

    /// "a, b and c".
    pub fn join(&self, mut items: Vec<String>) -> String {
        match items.pop() {
            None => String::new(),
            Some(last) if items.is_empty() => last,
            Some(last) => [&items.join(self.comma), self.and, &last].concat(),
        }
    }
}

/// Position of a focus in the lists of a book.
pub fn focus_at(focus: Focus) -> usize {
    match focus {
        Focus::General => 0,
        Focus::Wellbeing => 1,
        Focus::Career => 2,
        Focus::Relationships => 3,
    }
}

/// Position of a theme in the lists of a book.
pub fn theme_at(theme: Theme) -> usize {
    let found = Theme::ALL.iter().position(|(_, other)| *other == theme);
    found.unwrap_or_default()
}
