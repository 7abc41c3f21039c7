//! What symbols speak of in the widest sense. Moods and advice are chosen by it.

/// Ten themes; each symbol has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Theme {
    /// Something heard, read, announced.
    News,
    /// Something that becomes more by itself.
    Growth,
    /// Something between people.
    Bond,
    /// Pause, softness, patience.
    Rest,
    /// Direction and choice.
    Path,
    /// Strength and nerve.
    Courage,
    /// One thing turning into another.
    Change,
    /// Home and safety.
    Shelter,
    /// Enough and more.
    Plenty,
    /// Seeing and understanding.
    Insight,
}

impl Theme {
    /// In the order of the phrase books.
    pub const ALL: [(&'static str, Self); 10] = [
        ("news", Self::News),
        ("growth", Self::Growth),
        ("bond", Self::Bond),
        ("rest", Self::Rest),
        ("path", Self::Path),
        ("courage", Self::Courage),
        ("change", Self::Change),
        ("shelter", Self::Shelter),
        ("plenty", Self::Plenty),
        ("insight", Self::Insight),
    ];

    /// By its name in the table.
    pub fn named(name: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(own, _)| *own == name);
        found.map(|(_, theme)| *theme)
    }
}
