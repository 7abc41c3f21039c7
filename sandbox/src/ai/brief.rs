//! What a text-only request asks for: language, focus, the patterns the eye has seen, the
//! person's own words. Lenient, for prompts are written by people.

use serde_json::Value;

use super::lexicon::{Focus, Tongue};
use super::request::ChatRequest;

/// The task of a reading.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// Language to write in.
    pub tongue: Tongue,
    /// Area to read for.
    pub focus: Focus,
    /// Seen shapes, strongest first; empty when only words came.
    pub seen: Vec<Seen>,
    /// The eye was sure that this is no cup.
    pub not_a_cup: bool,
    /// The person's words.
    pub words: String,
    /// The prompt gave a focus or patterns, so it is one of a reading.
    pub structured: bool,
}

/// A pattern as the eye wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Symbol, any language.
    pub symbol: String,
    /// Place in English words.
    pub place: String,
    /// Form in English words.
    pub shape: String,
    /// 0 to 1.
    pub confidence: f64,
}

/// No prompt needs more; anything longer is not searched.
const SEARCHED: usize = 200_000;

impl Brief {
    /// The task of `request`.
    pub fn read(request: &ChatRequest) -> Self {
        let whole: String = request.texts().map(|(_, text)| text + "\n").collect();
        let whole: String = whole.chars().take(SEARCHED).collect();
        // The person's words are set aside first: what they say is not an order to us.
        let (prompt, words) = split_words(&whole);
        let sight = patterns(&prompt);
        let focus = header(&prompt, &["focus area:", "focus:"]);
        let words = match (words, &sight) {
            (Some(words), _) => words,
            (None, Some(_)) => String::new(),
            (None, None) => last_user_words(request),
        };
        let tongue = header(&prompt, &["language:", "answer language:"]);
        Self {
            tongue: tongue
                .and_then(|name| tongue_named(&name))
                .unwrap_or_else(|| heard(&words)),
            structured: focus.is_some() || sight.is_some(),
            focus: focus_named(&focus.unwrap_or_default()),
            not_a_cup: sight.as_ref().is_some_and(|sight| sight["is_cup"] == false),
            seen: sight.as_ref().map(seen).unwrap_or_default(),
            words,
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

fn split_words(whole: &str) -> (String, Option<String>) {
    let (mut prompt, mut words): (Vec<&str>, Option<Vec<String>>) = (Vec::new(), None);
    let mut inside = false;
    for line in whole.lines() {
        let plain = bare(line);
        let opens = ["person's words:", "user's words:", "the person's words:"];
        if let Some(start) = opens.iter().find(|name| plain.starts_with(*name)) {
            inside = true;
            let rest = &plain[start.len()..];
            // The line has been lowercased; the original tail has the same number of characters.
            let tail: Vec<char> = line.chars().collect();
            let tail: String = tail[tail.len() - rest.chars().count()..].iter().collect();
            words.get_or_insert_default().push(tail.trim().to_owned());
            continue;
        }
        let headers = [
            "focus area:",
            "language:",
            "vision result",
            "patterns:",
            "what was seen",
        ];
        if inside && headers.iter().any(|name| plain.starts_with(name)) {
            inside = false;
        }
        match words.as_mut().filter(|_| inside) {
            Some(words) => words.push(line.trim().to_owned()),
            None => prompt.push(line),
        }
    }
    let words = words.map(|lines| {
        let fence = |line: &&String| {
            let line = line.trim();
            !line.is_empty()
                && !line.starts_with("```")
                && !line.starts_with("\"\"\"")
                && !line.starts_with("<<<")
                && !line.starts_with(">>>")
        };
        let lines: Vec<&str> = lines.iter().filter(fence).map(String::as_str).collect();
        lines
            .join(" ")
            .trim_matches(['"', '«', '»', '“', '”'])
            .to_owned()
    });
    (prompt.join("\n"), words.filter(|words| !words.is_empty()))
}

/// The last JSON object with a non-empty array `patterns`; earlier ones are mostly examples.
fn patterns(prompt: &str) -> Option<Value> {
    let mut found = None;
    let mut at = 0;
    while let Some(start) = prompt[at..].find('{').map(|found| at + found) {
        let mut values = serde_json::Deserializer::from_str(&prompt[start..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) => {
                at = start + values.byte_offset();
                if value["patterns"]
                    .as_array()
                    .is_some_and(|list| !list.is_empty())
                {
                    found = Some(value);
                }
            }
            _ => at = start + 1,
        }
    }
    found
}

fn seen(sight: &Value) -> Vec<Seen> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = sight["patterns"].as_array().into_iter().flatten();
    let mut seen: Vec<Seen> = list
        .map(|pattern| Seen {
            symbol: text(&pattern["symbol"]),
            place: text(&pattern["place"]),
            shape: text(&pattern["shape"]),
            confidence: pattern["confidence"].as_f64().unwrap_or(0.5),
        })
        .collect();
    seen.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    seen
}

fn last_user_words(request: &ChatRequest) -> String {
    let last = request.texts().filter(|(role, _)| role == "user").last();
    let text = last.map(|(_, text)| text).unwrap_or_default();
    let headers = ["focus area:", "focus:", "language:"];
    let spoken = |line: &&str| !headers.iter().any(|name| bare(line).starts_with(name));
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

fn tongue_named(name: &str) -> Option<Tongue> {
    match name {
        n if n.starts_with("ru") => Some(Tongue::Ru),
        n if n.starts_with("zh") || n.starts_with("chin") => Some(Tongue::Zh),
        n if n.starts_with("en") => Some(Tongue::En),
        // Languages the sandbox does not speak are answered in English.
        n if !n.is_empty() => Some(Tongue::En),
        _ => None,
    }
}

fn heard(words: &str) -> Tongue {
    let count = |from: char, to: char| words.chars().filter(|c| (from..=to).contains(c)).count();
    let (cyrillic, han) = (count('\u{400}', '\u{4ff}'), count('\u{4e00}', '\u{9fff}'));
    match (cyrillic, han) {
        (0, 0) => Tongue::En,
        (c, h) if h >= c => Tongue::Zh,
        _ => Tongue::Ru,
    }
}
