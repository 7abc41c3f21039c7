//! What a text-only request asks for: language, focus, the patterns the eye has seen, the
//! person's own words, what they were told before. Lenient, for prompts are written by people.

mod blocks;

use reader::{Focus, Language, Pattern, Question, Section, Sight, Task, UnsafeContent};
use serde_json::Value;

use super::ask::Ask;

/// The task of a reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// Language to write in.
    pub tongue: Language,
    /// Area to read for.
    pub focus: Focus,
    /// What the eye has seen, strongest first; absent when only words came.
    pub sight: Option<Sight>,
    /// The person's words.
    pub words: String,
    /// Symbols of the last readings, newest first.
    pub earlier: Vec<String>,
    /// A question is to be answered, about a reading with these sections.
    pub answering: Option<Vec<Section>>,
    /// The prompt gave a focus or patterns, so it is one of a reading.
    pub structured: bool,
}

const FOCUS: &[&str] = &["focus area:", "focus:"];
const LANGUAGE: &[&str] = &["language:", "answer language:"];
const TASK: &[&str] = &["task:"];
const EARLIER: &str = "earlier readings:";
/// More than the last three readings can have.
const REMEMBERED: usize = 30;

/// No prompt needs more; anything longer is not searched.
const SEARCHED: usize = 200_000;

impl Brief {
    /// The task of `ask`.
    pub fn read(ask: &Ask) -> Self {
        let whole: String = ask
            .texts
            .iter()
            .map(|(_, text)| format!("{text}\n"))
            .collect();
        let whole: String = whole.chars().take(SEARCHED).collect();
        // The person's words are set aside first: what they say is not an order to us.
        let (fenced, spoken) = blocks::without_speech(&whole);
        let (prompt, words) = match spoken {
            Some(words) => (fenced, Some(words)),
            None => split_words(&fenced),
        };
        let sight = with_list(&prompt, "patterns");
        let focus = header(&prompt, FOCUS);
        let task = header(&prompt, TASK).unwrap_or_default();
        let words = match (words, &sight) {
            (Some(words), _) => words,
            (None, Some(_)) => String::new(),
            (None, None) => last_user_words(ask),
        };
        let tongue = header(&prompt, LANGUAGE);
        Self {
            tongue: tongue
                .and_then(|name| tongue_named(&name))
                .unwrap_or_else(|| heard(&words)),
            structured: focus.is_some() || sight.is_some(),
            focus: focus_named(&focus.unwrap_or_default()),
            sight: sight.as_ref().map(seen),
            earlier: earlier(&prompt),
            answering: task.starts_with("answer").then(|| sections(&prompt)),
            words,
        }
    }

    /// The same, as the reader answers it.
    pub fn question<'a>(&'a self, sections: &'a [Section]) -> Question<'a> {
        Question {
            language: self.tongue,
            focus: self.focus,
            words: &self.words,
            patterns: self.sight.as_ref().map_or(&[][..], |sight| &sight.patterns),
            sections,
        }
    }

    /// The same, as the reader takes it.
    pub fn task(&self) -> Task<'_> {
        Task {
            language: self.tongue,
            focus: self.focus,
            sight: self.sight.as_ref(),
            words: Some(&self.words),
            earlier: &self.earlier,
        }
    }
}

/// Value of the first line that starts with one of `names`.
fn header(prompt: &str, names: &[&str]) -> Option<String> {
    prompt.lines().find_map(|line| {
        let line = bare(line);
        names
            .iter()
            .find_map(|name| line.strip_prefix(name))
            .map(|rest| {
                rest.trim()
                    .trim_end_matches(['.', '`', '*', '"'])
                    .trim()
                    .to_owned()
            })
    })
}

fn bare(line: &str) -> String {
    line.trim_start_matches([' ', '\t', '-', '*', '#', '`'])
        .to_lowercase()
        .replace('’', "'")
}

const OPENERS: [&str; 3] = ["person's words:", "the person's words:", "user's words:"];

/// The prompt without the person's words, and those words. The block runs to the end of the
/// prompt, or to a part of the prompt that has not come before it; a part that has come before
/// and turns up again inside was written by the person.
fn split_words(whole: &str) -> (String, Option<String>) {
    let lines: Vec<&str> = whole.lines().collect();
    let opener = |line: &&str| OPENERS.iter().any(|name| bare(line).starts_with(name));
    let Some(start) = lines.iter().position(opener) else {
        return (whole.to_owned(), None);
    };
    let before = lines[..start].join("\n");
    let open = Missing::of(&before);
    let length = lines[start + 1..].iter().position(|line| open.begins(line));
    let end = length.map_or(lines.len(), |length| start + 1 + length);
    let first = lines[start].split_once(':').map_or("", |(_, rest)| rest);
    let block = std::iter::once(&first).chain(&lines[start + 1..end]);
    let fence = ["```", "\"\"\"", "<<<", ">>>"];
    let spoken: Vec<&str> = block
        .map(|line| line.trim())
        .filter(|line| !line.is_empty() && !fence.iter().any(|mark| line.starts_with(mark)))
        .collect();
    let words = spoken
        .join(" ")
        .trim_matches(['"', '«', '»', '“', '”'])
        .to_owned();
    let prompt = [before, lines[end..].join("\n")].join("\n");
    (prompt, Some(words).filter(|words| !words.is_empty()))
}

/// The parts of a prompt that are still to come.
struct Missing {
    focus: bool,
    language: bool,
    patterns: bool,
}

impl Missing {
    fn of(before: &str) -> Self {
        Self {
            focus: header(before, FOCUS).is_none(),
            language: header(before, LANGUAGE).is_none(),
            patterns: with_list(before, "patterns").is_none(),
        }
    }

    /// Whether this line begins one of them.
    fn begins(&self, line: &str) -> bool {
        let plain = bare(line);
        let starts = |names: &[&str]| names.iter().any(|name| plain.starts_with(name));
        (self.focus && starts(FOCUS))
            || (self.language && starts(LANGUAGE))
            || (self.patterns && (starts(&["vision", "what was seen", "{"]) || plain == "json"))
    }
}

/// The last JSON object with a non-empty list of that name; earlier ones are mostly examples.
fn with_list(prompt: &str, name: &str) -> Option<Value> {
    let mut found = None;
    let mut at = 0;
    while let Some(start) = prompt[at..].find('{').map(|found| at + found) {
        let mut values = serde_json::Deserializer::from_str(&prompt[start..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                at = start + values.byte_offset();
                if value[name].as_array().is_some_and(|list| !list.is_empty()) {
                    found = Some(value);
                }
            }
            _ => at = start + 1,
        }
    }
    found
}

/// Sections of the reading that a question is about.
fn sections(prompt: &str) -> Vec<Section> {
    let reading = with_list(prompt, "sections").unwrap_or_default();
    let list = reading["sections"].as_array().cloned().unwrap_or_default();
    let read = |section| serde_json::from_value(section).ok();
    list.into_iter().filter_map(read).collect()
}

/// Symbols of lines like "- 2026-11-20: bird; ring; mountain" after the heading.
fn earlier(prompt: &str) -> Vec<String> {
    let lines = prompt
        .lines()
        .skip_while(|line| !bare(line).starts_with(EARLIER));
    let entries = lines
        .skip(1)
        .take_while(|line| line.starts_with([' ', '-', '*']) || line.trim().is_empty())
        .filter(|line| line.trim_start().starts_with(['-', '*']));
    let symbols = entries.filter_map(|line| Some(line.split_once(':')?.1.split(';')));
    let symbols = symbols.flatten().map(|symbol| symbol.trim().to_owned());
    symbols.filter(|s| !s.is_empty()).take(REMEMBERED).collect()
}

fn seen(sight: &Value) -> Sight {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = sight["patterns"].as_array().into_iter().flatten();
    let mut patterns: Vec<Pattern> = list
        .map(|pattern| Pattern {
            symbol: text(&pattern["symbol"]),
            place: text(&pattern["place"]),
            shape: text(&pattern["shape"]),
            confidence: pattern["confidence"].as_f64().unwrap_or(0.5),
        })
        .collect();
    patterns.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    Sight {
        is_cup: sight["is_cup"] != false,
        unsafe_content: UnsafeContent::None,
        summary: text(&sight["summary"]),
        patterns,
    }
}

fn last_user_words(ask: &Ask) -> String {
    let last = ask.texts.iter().rfind(|(role, _)| role == "user");
    let text = last.map(|(_, text)| text.as_str()).unwrap_or_default();
    let headers = FOCUS.iter().chain(LANGUAGE).chain(TASK);
    let spoken = |line: &&str| !headers.clone().any(|name| bare(line).starts_with(name));
    text.lines()
        .filter(spoken)
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}

fn focus_named(name: &str) -> Focus {
    match name {
        n if n.starts_with("wellbeing") || n.starts_with("well-being") => Focus::Wellbeing,
        n if n.starts_with("career") => Focus::Career,
        n if n.starts_with("relationship") => Focus::Relationships,
        _ => Focus::General,
    }
}

fn tongue_named(name: &str) -> Option<Language> {
    match name {
        n if n.starts_with("ru") => Some(Language::Ru),
        n if n.starts_with("zh") || n.starts_with("chin") => Some(Language::Zh),
        n if n.starts_with("en") => Some(Language::En),
        // Languages the sandbox does not speak are answered in English.
        n if !n.is_empty() => Some(Language::En),
        _ => None,
    }
}

fn heard(words: &str) -> Language {
    let count = |from: char, to: char| words.chars().filter(|c| (from..=to).contains(c)).count();
    let (cyrillic, han) = (count('\u{400}', '\u{4ff}'), count('\u{4e00}', '\u{9fff}'));
    match (cyrillic, han) {
        (0, 0) => Language::En,
        (c, h) if h >= c => Language::Zh,
        _ => Language::Ru,
    }
}

#[cfg(test)]
mod tests;
