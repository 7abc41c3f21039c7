//! A reading while it is being written: what can be shown of an answer that is not whole yet.
//! Pure. The answer is JSON by the schema of a reading, maybe in a Markdown fence; each character is
//! looked at once, so a long answer in many pieces costs no more than in one.
//!
//! It is no validator: what is no reading in the end is refused by `rules::reading`, and what was
//! shown of it is void. Here such an answer just stops to grow.

mod partial;
mod string;

pub use partial::Partial;

use super::model::Section;
use string::{InString, Next};

/// Deeper than any reading; what is deeper is none.
const DEPTH_MAX: usize = 16;

/// Takes an answer as it comes.
#[derive(Clone, Debug)]
pub struct Growing {
    /// Whether the answer has to say `"appropriate": true` before anything of it is shown.
    needs_verdict: bool,
    verdict: Option<bool>,
    seen: Partial,
    /// The last section is not closed yet.
    is_open: bool,
    place: Place,
    /// Objects and arrays that are open.
    levels: Vec<Level>,
    /// The key or the word that is being read.
    word: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// Before the first brace; inside a fence or not.
    Before { fenced: bool },
    /// Between strings.
    Between,
    /// In a string.
    In { text: Text, at: InString },
    /// After the last brace, or where no reading can go on.
    Over,
}

/// What a string is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Text {
    Key,
    Intro,
    Title,
    Content,
    /// Of no interest.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Level {
    Object(Key),
    Array,
}

/// The key whose value comes next or is being read.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Key {
    /// None yet: the next string is one.
    None,
    Appropriate,
    Intro,
    Sections,
    Title,
    Content,
    Other,
}

impl Growing {
    /// Nothing yet. `needs_verdict`: the answer has to say `"appropriate": true` first.
    pub fn new(needs_verdict: bool) -> Self {
        Self {
            needs_verdict,
            verdict: None,
            seen: Partial::default(),
            is_open: false,
            place: Place::Before { fenced: false },
            levels: Vec::new(),
            word: String::new(),
        }
    }

    /// Another answer begins.
    pub fn start_over(&mut self) {
        *self = Self::new(self.needs_verdict);
    }

    /// The next characters of the answer.
    pub fn push(&mut self, text: &str) {
        for c in text.chars() {
            self.place = match self.place {
                Place::Before { fenced } => self.before(fenced, c),
                Place::Between => self.between(c),
                Place::In { text, at } => self.inside(text, at, c),
                Place::Over => return,
            };
        }
    }

    /// What can be shown now.
    pub fn partial(&self) -> Partial {
        match self.verdict {
            Some(false) => return Partial::default(),
            None if self.needs_verdict => return Partial::default(),
            Some(true) | None => {}
        }
        let mut partial = self.seen.trimmed();
        let is_title_alone = |section: &Section| section.content.is_empty();
        if self.is_open && partial.sections.last().is_some_and(is_title_alone) {
            partial.sections.pop();
        }
        partial
    }

    fn before(&mut self, fenced: bool, c: char) -> Place {
        match c {
            '{' => self.open(Level::Object(Key::None)),
            '`' => Place::Before { fenced: true },
            c if c.is_whitespace() || (fenced && c.is_ascii_alphabetic()) => {
                Place::Before { fenced }
            }
            _ => self.give_up(),
        }
    }

    fn between(&mut self, c: char) -> Place {
        match c {
            '"' => {
                self.word.clear();
                let (text, at) = (self.text(), InString::Plain);
                return Place::In { text, at };
            }
            '{' => return self.open(Level::Object(Key::None)),
            '[' => return self.open(Level::Array),
            '}' | ']' => return self.close(),
            ',' => {
                self.word.clear();
                if let Some(Level::Object(key)) = self.levels.last_mut() {
                    *key = Key::None;
                }
            }
            c if c.is_ascii_alphabetic() => {
                self.word.push(c);
                self.judge();
            }
            _ => {}
        }
        Place::Between
    }

    /// Reads `true` and `false` after `"appropriate":`.
    fn judge(&mut self) {
        if self.levels == [Level::Object(Key::Appropriate)] {
            match self.word.as_str() {
                "true" => self.verdict = Some(true),
                "false" => self.verdict = Some(false),
                _ => {}
            }
        }
    }

    /// What the string is that begins here.
    fn text(&self) -> Text {
        match self.levels.as_slice() {
            [.., Level::Object(Key::None)] => Text::Key,
            [Level::Object(Key::Intro)] => Text::Intro,
            [
                Level::Object(Key::Sections),
                Level::Array,
                Level::Object(key),
            ] => match key {
                Key::Title => Text::Title,
                Key::Content => Text::Content,
                _ => Text::Other,
            },
            _ => Text::Other,
        }
    }

    fn open(&mut self, level: Level) -> Place {
        let is_section = self.levels == [Level::Object(Key::Sections), Level::Array];
        if is_section && level != Level::Array {
            self.is_open = true;
            self.seen.sections.push(Section {
                title: String::new(),
                content: String::new(),
            });
        }
        self.word.clear();
        self.levels.push(level);
        if self.levels.len() > DEPTH_MAX {
            return self.give_up();
        }
        Place::Between
    }

    fn close(&mut self) -> Place {
        self.levels.pop();
        if self.levels == [Level::Object(Key::Sections), Level::Array] {
            self.is_open = false;
        }
        match self.levels.is_empty() {
            true => Place::Over,
            false => Place::Between,
        }
    }

    /// Nothing more is shown; what is shown stays.
    fn give_up(&mut self) -> Place {
        // Not empty: it did not come to its end.
        self.levels.push(Level::Array);
        Place::Over
    }

    fn inside(&mut self, text: Text, at: InString, c: char) -> Place {
        match at.next(c) {
            Next::Char(c) => {
                self.put(text, c);
                let at = InString::Plain;
                Place::In { text, at }
            }
            Next::Inside(at) => Place::In { text, at },
            Next::End => {
                if text == Text::Key {
                    self.end_key();
                }
                Place::Between
            }
            Next::Broken => self.give_up(),
        }
    }

    fn put(&mut self, text: Text, c: char) {
        let text = match (text, self.seen.sections.last_mut()) {
            (Text::Intro, _) => &mut self.seen.intro,
            (Text::Title, Some(section)) => &mut section.title,
            (Text::Content, Some(section)) => &mut section.content,
            // No key that is of interest is longer.
            (Text::Key, _) if self.word.len() < 16 => &mut self.word,
            _ => return,
        };
        // The finished reading has no NUL either, and no white space around its texts.
        if c != '\0' && !(text.is_empty() && c.is_whitespace()) {
            text.push(c);
        }
    }

    fn end_key(&mut self) {
        let (is_root, section) = (self.levels.len() == 1, self.seen.sections.last());
        let is_new = |text: fn(&Section) -> &String| section.is_none_or(|s| text(s).is_empty());
        let key = match (self.word.as_str(), is_root) {
            ("appropriate", true) => Key::Appropriate,
            // A key that comes twice is not read twice: what was shown would be void.
            ("intro", true) if self.seen.intro.is_empty() => Key::Intro,
            ("sections", true) if self.seen.sections.is_empty() => Key::Sections,
            ("title", false) if is_new(|section| &section.title) => Key::Title,
            ("content", false) if is_new(|section| &section.content) => Key::Content,
            _ => Key::Other,
        };
        self.word.clear();
        if let Some(Level::Object(current)) = self.levels.last_mut() {
            *current = key;
        }
    }
}

#[cfg(test)]
mod tests;
