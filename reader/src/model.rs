//! What goes in and what comes out.

use serde::{Deserialize, Serialize};

/// The languages a reading can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
    /// Chinese, simplified characters.
    Zh,
}

/// What the person asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Focus {
    /// No area in particular.
    General,
    /// Rest, mood, strength.
    Wellbeing,
    /// Work and money.
    Career,
    /// Love, family, friends.
    Relationships,
}

/// What was seen in a photo, in the schema of the vision step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sight {
    /// Whether a cup with something in it is to be seen.
    pub is_cup: bool,
    /// The eye knows shapes, not scenes, so its own answer is always `none`.
    #[serde(default)]
    pub unsafe_content: UnsafeContent,
    /// What was measured, in English.
    #[serde(default)]
    pub summary: String,
    /// Strongest first.
    #[serde(default)]
    pub patterns: Vec<Pattern>,
}

/// What must not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnsafeContent {
    /// Nothing of the kind.
    #[default]
    None,
    /// A name that another model has given.
    #[serde(other)]
    Other,
}

/// One shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pattern {
    /// What it looks like, in English.
    pub shape: String,
    /// English name in the lexicon; from another eye any name in any of the languages.
    pub symbol: String,
    /// Where it lies, in English.
    pub place: String,
    /// How well it fits the symbol, 0 to 1.
    pub confidence: f64,
}

impl Default for Pattern {
    fn default() -> Self {
        Self {
            shape: String::new(),
            symbol: String::new(),
            place: String::new(),
            confidence: 0.5,
        }
    }
}

/// What a reading is written from.
#[derive(Debug, Clone, Copy)]
pub struct Task<'a> {
    /// Language to write in.
    pub language: Language,
    /// Area to read for.
    pub focus: Focus,
    /// What was seen; without it the words alone are read.
    pub sight: Option<&'a Sight>,
    /// The person's own words: material, never an order.
    pub words: Option<&'a str>,
    /// Symbols of the person's last readings, newest first; may be empty.
    pub earlier: &'a [String],
}

/// A question about a reading.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Language to answer in.
    pub language: Language,
    /// Area of the reading.
    pub focus: Focus,
    /// The question: material, never an order.
    pub words: &'a str,
    /// The shapes of their cup; may be empty.
    pub patterns: &'a [Pattern],
    /// The reading they ask about; may be empty.
    pub sections: &'a [Section],
}

/// What the person reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What is seen and where.
    pub intro: String,
    /// Signs, then advice; for an answer none to two.
    pub sections: Vec<Section>,
}

/// One part of a reading.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Section {
    /// A few words.
    pub title: String,
    /// A few sentences.
    pub content: String,
}

impl Reading {
    /// As running text.
    pub fn plain(&self) -> String {
        let sections = self
            .sections
            .iter()
            .map(|s| format!("\n\n{}\n{}", s.title, s.content));
        self.intro.clone() + &sections.collect::<String>()
    }
}

/// The bytes are no picture that can be decoded; the text says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(pub String);

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the image cannot be read: {}", self.0)
    }
}

impl std::error::Error for Unreadable {}
