//! Checks the AI's answers by their schemas and by the rules of readings. Pure.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::model::{Pattern, Reading, Section, Vision};
use crate::schemas::{check, reading_schema, vision_schema};
use vendors::ai::Schema;

/// The longest texts, in characters: several times what the prompts ask for, but bounded.
const INTRO_MAX: usize = 2_000;
const TITLE_MAX: usize = 200;
const CONTENT_MAX: usize = 3_000;
const SECTIONS_MAX: usize = 8;
const SUMMARY_MAX: usize = 1_000;
const SHAPE_MAX: usize = 300;
const PATTERNS_MAX: usize = 12;

/// The checked answer of the vision step.
#[derive(Clone, Debug, PartialEq)]
pub struct VisionAnswer {
    pub vision: Vision,
    /// Whether the photo has content that must not be shown.
    pub is_unsafe: bool,
}

/// The checked text for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingAnswer {
    /// Whether the AI found the request appropriate. If not, `reading` must not be shown.
    pub appropriate: bool,
    pub reading: Reading,
}

/// Parses and checks the answer of the vision step.
///
/// # Errors
/// Why the AI's answer cannot be used.
pub fn parse_vision(answer: Value) -> Result<VisionAnswer, String> {
    #[derive(Deserialize)]
    struct Answer {
        is_cup: bool,
        unsafe_content: String,
        summary: String,
        patterns: Vec<Pattern>,
    }
    let answer: Answer = parse(answer, &vision_schema())?;
    check_length("summary", &answer.summary, SUMMARY_MAX)?;
    if answer.patterns.len() > PATTERNS_MAX {
        return Err(format!("more than {PATTERNS_MAX} patterns"));
    }
    let is_unsafe = answer.unsafe_content != "none";
    if answer.is_cup && answer.patterns.is_empty() && !is_unsafe {
        return Err("a cup with no patterns".to_owned());
    }
    answer.patterns.iter().try_for_each(check_pattern)?;
    Ok(VisionAnswer {
        vision: Vision {
            is_cup: answer.is_cup,
            summary: answer.summary,
            patterns: answer.patterns,
        },
        is_unsafe,
    })
}

fn check_pattern(pattern: &Pattern) -> Result<(), String> {
    if !(0.0..=1.0).contains(&pattern.confidence) {
        return Err(format!("confidence is {}, not 0 to 1", pattern.confidence));
    }
    if pattern.symbol.is_empty() {
        return Err("a pattern without a symbol".to_owned());
    }
    check_length("shape", &pattern.shape, SHAPE_MAX)?;
    check_length("symbol", &pattern.symbol, SHAPE_MAX)?;
    check_length("place", &pattern.place, SHAPE_MAX)
}

/// Parses and checks a reading: it has at least one section.
///
/// # Errors
/// Why the AI's answer cannot be used.
pub fn parse_reading(answer: Value) -> Result<ReadingAnswer, String> {
    let written = parse_reply(answer)?;
    if written.appropriate && written.reading.sections.is_empty() {
        return Err("a reading without sections".to_owned());
    }
    Ok(written)
}

/// Parses and checks the answer to a question: it may have no sections.
///
/// # Errors
/// Why the AI's answer cannot be used.
pub fn parse_reply(answer: Value) -> Result<ReadingAnswer, String> {
    #[derive(Deserialize)]
    struct Answer {
        appropriate: bool,
        intro: String,
        sections: Vec<Section>,
    }
    let answer: Answer = parse(answer, &reading_schema())?;
    let (intro, sections) = (answer.intro, answer.sections);
    if answer.appropriate {
        if intro.is_empty() {
            return Err("an empty intro".to_owned());
        }
        check_length("intro", &intro, INTRO_MAX)?;
        if sections.len() > SECTIONS_MAX {
            return Err(format!("more than {SECTIONS_MAX} sections"));
        }
        for section in &sections {
            if section.content.is_empty() {
                return Err("an empty section".to_owned());
            }
            check_length("title", &section.title, TITLE_MAX)?;
            check_length("content", &section.content, CONTENT_MAX)?;
        }
    }
    Ok(ReadingAnswer {
        appropriate: answer.appropriate,
        reading: Reading { intro, sections },
    })
}

fn check_length(name: &str, text: &str, longest: usize) -> Result<(), String> {
    match text.chars().nth(longest) {
        None => Ok(()),
        Some(_) => Err(format!("{name} is longer than {longest} characters")),
    }
}

fn parse<T: DeserializeOwned>(mut answer: Value, schema: &Schema) -> Result<T, String> {
    check(&schema.schema, &answer, "the answer")?;
    tidy(&mut answer);
    serde_json::from_value(answer).map_err(|why| why.to_string())
}

/// Removes NUL characters, which Postgres cannot store, and white space around texts.
fn tidy(value: &mut Value) {
    match value {
        Value::String(text) => {
            text.retain(|c| c != '\0');
            *text = text.trim().to_owned();
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(fields) => fields.values_mut().for_each(tidy),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn vision() -> Value {
        json!({ "is_cup": true, "unsafe_content": "none", "summary": " a cup\u{0} ", "patterns": [
            { "shape": "round", "symbol": "ring", "place": "rim", "confidence": 0.5 } ] })
    }

    fn with(mut value: Value, pointer: &str, new: Value) -> Value {
        *value.pointer_mut(pointer).expect("it is there") = new;
        value
    }

    #[test]
    fn texts_are_trimmed_and_without_nul() {
        let answer = parse_vision(vision()).expect("valid");
        assert_eq!(answer.vision.summary, "a cup");
        assert!(answer.vision.is_cup && !answer.is_unsafe);
    }

    #[test]
    fn no_cup_needs_no_patterns_and_a_cup_does() {
        let empty = with(vision(), "/patterns", json!([]));
        assert!(
            parse_vision(empty.clone())
                .expect_err("none")
                .contains("no patterns")
        );
        let other = parse_vision(with(empty.clone(), "/is_cup", json!(false))).expect("valid");
        assert!(!other.vision.is_cup);
        let unsafe_ = with(empty, "/unsafe_content", json!("sexual"));
        assert!(parse_vision(unsafe_).expect("valid").is_unsafe);
    }

    #[test]
    fn an_error_names_the_field() {
        for (pointer, new, message) in [
            (
                "/patterns/0/confidence",
                json!("high"),
                "the answer.patterns[0].confidence is not a number",
            ),
            (
                "/patterns/0/confidence",
                json!(95),
                "confidence is 95, not 0 to 1",
            ),
            (
                "/is_cup",
                json!("yes"),
                "the answer.is_cup is not a boolean",
            ),
            (
                "/unsafe_content",
                json!("maybe"),
                "the answer.unsafe_content is \"maybe\"",
            ),
            (
                "/patterns",
                json!({}),
                "the answer.patterns is not an array",
            ),
            (
                "/patterns/0",
                json!({ "shape": "x" }),
                "the answer.patterns[0].symbol is missing",
            ),
            (
                "/summary",
                json!("x".repeat(1_001)),
                "summary is longer than 1000 characters",
            ),
            (
                "",
                json!({ "is_cup": true, "name": 1 }),
                "the answer: name is unknown",
            ),
            ("", json!([]), "the answer is not an object"),
        ] {
            let why = parse_vision(with(vision(), pointer, new)).expect_err(message);
            assert!(why.starts_with(message), "{why}");
        }
    }

    fn read(sections: usize) -> Value {
        let section = json!({ "title": "t", "content": " c " });
        json!({ "appropriate": true, "intro": "a\u{0}b", "sections": vec![section; sections] })
    }

    #[test]
    fn a_reading_has_one_to_eight_sections_and_a_reply_may_have_none() {
        assert_eq!(parse_reading(read(1)).expect("valid").reading.intro, "ab");
        assert_eq!(
            parse_reading(read(8)).expect("valid").reading.sections[7].content,
            "c"
        );
        assert!(parse_reading(read(9)).is_err());
        assert!(parse_reading(read(0)).is_err());
        assert!(parse_reply(read(0)).is_ok());
    }

    #[test]
    fn an_answer_of_the_wrong_form_is_an_error() {
        for wrong in [
            json!({ "intro": "x", "sections": [] }),
            with(read(1), "/intro", json!("  ")),
            with(read(1), "/intro", json!("я".repeat(2_001))),
            with(read(1), "/sections/0/content", json!("\u{0}")),
            with(read(1), "/sections/0/content", json!("c".repeat(3_001))),
        ] {
            assert!(parse_reading(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_refusal_may_be_empty() {
        let refused = json!({ "appropriate": false, "intro": "", "sections": [] });
        assert!(!parse_reading(refused).expect("valid").appropriate);
    }
}
