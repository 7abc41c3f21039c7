//! An incremental parser for a reading that is still being written. Pure. The answer is JSON by the
//! schema of a reading, maybe in a Markdown fence; each character is parsed once, so a long answer in
//! many pieces costs no more than in one.
//!
//! It does not validate: `answers::parse_reading` refuses a finished answer that is not a reading, and
//! what was shown of it is void. Here such an answer just stops to grow.

mod partial;
mod string;

pub use partial::Partial;

use super::model::Section;
use string::{InString, Next};

/// Deeper than any reading; the parser stops at a deeper answer.
const DEPTH_MAX: usize = 16;

/// An answer as far as it has come.
#[derive(Clone, Debug)]
pub struct Growing {
    /// Whether the answer has to say `"appropriate": true` before anything of it is shown.
    needs_approval: bool,
    appropriate: Option<bool>,
    shown: Partial,
    /// The last section is not closed yet.
    is_open: bool,
    state: State,
    /// Objects and arrays that are open.
    levels: Vec<Level>,
    /// The key or the literal that is being read.
    word: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Before the first brace; inside a fence or not.
    Before { fenced: bool },
    /// Between strings.
    Between,
    /// In a string.
    In { text: Text, at: InString },
    /// After the last brace, or where the answer stopped to be a reading.
    Over,
}

/// The role of a string.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Text {
    Key,
    Intro,
    Title,
    Content,
    /// Not shown.
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
    /// An empty answer. `needs_approval`: the answer has to say `"appropriate": true` first.
    pub fn new(needs_approval: bool) -> Self {
        Self {
            needs_approval,
            appropriate: None,
            shown: Partial::default(),
            is_open: false,
            state: State::Before { fenced: false },
            levels: Vec::new(),
            word: String::new(),
        }
    }

    /// Begins another answer.
    pub fn start_over(&mut self) {
        *self = Self::new(self.needs_approval);
    }

    /// Takes the next characters of the answer.
    pub fn push(&mut self, text: &str) {
        for c in text.chars() {
            self.state = match self.state {
                State::Before { fenced } => self.before(fenced, c),
                State::Between => self.between(c),
                State::In { text, at } => self.inside(text, at, c),
                State::Over => return,
            };
        }
    }

    /// The part that can be shown now.
    pub fn partial(&self) -> Partial {
        match self.appropriate {
            Some(false) => return Partial::default(),
            None if self.needs_approval => return Partial::default(),
            Some(true) | None => {}
        }
        let mut partial = self.shown.trimmed();
        let is_title_alone = |section: &Section| section.content.is_empty();
        if self.is_open && partial.sections.last().is_some_and(is_title_alone) {
            partial.sections.pop();
        }
        partial
    }

    fn before(&mut self, fenced: bool, c: char) -> State {
        match c {
            '{' => self.open(Level::Object(Key::None)),
            '`' => State::Before { fenced: true },
            c if c.is_whitespace() || (fenced && c.is_ascii_alphabetic()) => {
                State::Before { fenced }
            }
            _ => self.stop(),
        }
    }

    fn between(&mut self, c: char) -> State {
        match c {
            '"' => {
                self.word.clear();
                let (text, at) = (self.text(), InString::Plain);
                return State::In { text, at };
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
                self.read_appropriate();
            }
            _ => {}
        }
        State::Between
    }

    /// Reads `true` and `false` after `"appropriate":`.
    fn read_appropriate(&mut self) {
        if self.levels == [Level::Object(Key::Appropriate)] {
            match self.word.as_str() {
                "true" => self.appropriate = Some(true),
                "false" => self.appropriate = Some(false),
                _ => {}
            }
        }
    }

    /// The role of the string that begins here.
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

    fn open(&mut self, level: Level) -> State {
        let is_section = self.levels == [Level::Object(Key::Sections), Level::Array];
        if is_section && level != Level::Array {
            self.is_open = true;
            self.shown.sections.push(Section {
                title: String::new(),
                content: String::new(),
            });
        }
        self.word.clear();
        self.levels.push(level);
        if self.levels.len() > DEPTH_MAX {
            return self.stop();
        }
        State::Between
    }

    fn close(&mut self) -> State {
        self.levels.pop();
        if self.levels == [Level::Object(Key::Sections), Level::Array] {
            self.is_open = false;
        }
        match self.levels.is_empty() {
            true => State::Over,
            false => State::Between,
        }
    }

    /// Stops parsing; what is shown stays.
    fn stop(&mut self) -> State {
        // Not empty: the answer did not come to its end.
        self.levels.push(Level::Array);
        State::Over
    }

    fn inside(&mut self, text: Text, at: InString, c: char) -> State {
        match at.next(c) {
            Next::Char(c) => {
                self.put(text, c);
                let at = InString::Plain;
                State::In { text, at }
            }
            Next::Inside(at) => State::In { text, at },
            Next::End => {
                if text == Text::Key {
                    self.end_key();
                }
                State::Between
            }
            Next::Broken => self.stop(),
        }
    }

    fn put(&mut self, text: Text, c: char) {
        let text = match (text, self.shown.sections.last_mut()) {
            (Text::Intro, _) => &mut self.shown.intro,
            (Text::Title, Some(section)) => &mut section.title,
            (Text::Content, Some(section)) => &mut section.content,
            // All keys of a reading are shorter.
            (Text::Key, _) if self.word.len() < 16 => &mut self.word,
            _ => return,
        };
        // The finished reading has no NUL either, and no white space around its texts.
        if c != '\0' && !(text.is_empty() && c.is_whitespace()) {
            text.push(c);
        }
    }

    fn end_key(&mut self) {
        let (is_root, section) = (self.levels.len() == 1, self.shown.sections.last());
        let is_new = |text: fn(&Section) -> &String| section.is_none_or(|s| text(s).is_empty());
        let key = match (self.word.as_str(), is_root) {
            ("appropriate", true) => Key::Appropriate,
            // A repeated key is ignored: its value would replace what was shown.
            ("intro", true) if self.shown.intro.is_empty() => Key::Intro,
            ("sections", true) if self.shown.sections.is_empty() => Key::Sections,
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
