//! The finished readings are what `serde_json` makes of the whole answer.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::*;
use crate::model::Reading;

/// The part that is shown of an answer so far.
fn shown(needs_approval: bool, answer: &str) -> Partial {
    let mut growing = Growing::new(needs_approval);
    growing.push(answer);
    growing.partial()
}

fn section(title: &str, content: &str) -> Section {
    Section {
        title: title.to_owned(),
        content: content.to_owned(),
    }
}

/// Whether `later` goes on where `earlier` ends.
fn goes_on(earlier: &Partial, later: &Partial) -> bool {
    later.intro.starts_with(&earlier.intro)
        && later.sections.len() >= earlier.sections.len()
        && earlier
            .sections
            .iter()
            .zip(&later.sections)
            .all(|(a, b)| b.title.starts_with(&a.title) && b.content.starts_with(&a.content))
}

/// A text with the hard cases of JSON.
fn text(dice: &mut StdRng) -> String {
    const HARD: [&str; 16] = [
        "a",
        "слово ",
        "☕",
        "🔮",
        "\"",
        "\\",
        "/",
        "\n",
        "\t",
        "\u{1}",
        "{",
        "}]",
        ",",
        ":",
        "```",
        "чашка",
    ];
    let count = dice.random_range(1..8);
    (0..count).map(|_| HARD[dice.random_range(0..16)]).collect()
}

/// Writes a text as JSON with every character escaped: its longest form.
fn escaped(text: &str) -> String {
    let units = text.encode_utf16().map(|unit| format!("\\u{unit:04X}"));
    format!("\"{}\"", units.collect::<String>())
}

fn string(dice: &mut StdRng, text: &str) -> String {
    match dice.random_bool(0.3) {
        true => escaped(text),
        false => json!(text).to_string(),
    }
}

/// The fields of an object in any order, with any space between.
fn object(dice: &mut StdRng, mut fields: Vec<(&str, String)>) -> String {
    if dice.random_bool(0.5) {
        fields.reverse();
    }
    let space = ["", " ", "\n  "][dice.random_range(0..3)];
    let fields = fields
        .iter()
        .map(|(key, value)| format!("{space}\"{key}\"{space}:{space}{value}{space}"));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}

fn answer(dice: &mut StdRng, has_approval: bool) -> String {
    let sections: Vec<String> = (0..dice.random_range(1..4))
        .map(|_| {
            let (title, content) = (text(dice), text(dice));
            let mut fields = vec![
                ("title", string(dice, &title)),
                ("content", string(dice, &content)),
            ];
            if dice.random_bool(0.2) {
                fields.push((
                    "more",
                    r#"[{"title":"x","content":["y",{}]},-1.5e3,null]"#.to_owned(),
                ));
            }
            object(dice, fields)
        })
        .collect();
    let intro = text(dice);
    let mut fields = vec![
        ("intro", string(dice, &intro)),
        ("sections", format!("[{}]", sections.join(", "))),
    ];
    if has_approval {
        fields.insert(dice.random_range(0..3), ("appropriate", "true".to_owned()));
    }
    let object = object(dice, fields);
    match dice.random_range(0..3) {
        0 => object,
        1 => format!("```json\n{object}\n```"),
        _ => format!("\n```\n{object}\n```\n"),
    }
}

/// The reading in a whole answer, parsed by `serde_json`.
fn finished(answer: &str) -> Partial {
    let inner = answer
        .trim()
        .trim_start_matches("```json")
        .trim_matches('`');
    let reading: Reading = serde_json::from_str(inner).expect("a reading");
    let sections = reading.sections.iter();
    Partial {
        intro: reading.intro.trim().to_owned(),
        sections: sections
            .map(|one| section(one.title.trim(), one.content.trim()))
            .collect(),
    }
}

#[test]
fn every_partial_is_the_beginning_of_the_reading_and_only_grows() {
    for seed in 0..300 {
        let mut dice = StdRng::seed_from_u64(seed);
        let has_approval = dice.random_bool(0.5);
        let answer = answer(&mut dice, has_approval);
        let whole = finished(&answer);
        let (mut growing, mut before) = (Growing::new(has_approval), Partial::default());
        for c in answer.chars() {
            growing.push(c.encode_utf8(&mut [0; 4]));
            let now = growing.partial();
            assert!(goes_on(&before, &now), "{seed}: {before:?} {now:?}");
            assert!(goes_on(&now, &whole), "{seed}: {now:?} {whole:?}");
            before = now;
        }
        assert_eq!(before, whole, "{seed}: {answer}");
        assert_eq!(shown(has_approval, &answer), whole, "{seed}: in one piece");
    }
}

#[test]
fn nothing_is_shown_before_the_answer_calls_itself_appropriate() {
    assert!(shown(true, r#"{"intro": "A bird", "appropriate": t"#).is_empty());
    let late = shown(true, r#"{"intro": "A bird", "appropriate": true"#);
    assert_eq!(late.intro, "A bird");
    let refused = r#"{"appropriate": false, "intro": "A bird", "sections": []}"#;
    assert!(shown(true, refused).is_empty());
    assert!(shown(false, refused).is_empty());
}

#[test]
fn an_answer_that_needs_no_approval_is_shown_at_once() {
    assert_eq!(shown(false, r#"{"intro": "A bi"#).intro, "A bi");
    let whole = r#"{"intro": "A bird", "sections": []}"#;
    assert!(shown(true, &whole[..30]).is_empty());
    // Without `appropriate`, or with a value that is not a boolean, nothing is shown.
    assert!(shown(true, whole).is_empty());
    let quoted = r#"{"appropriate": "false", "intro": "A bird", "sections": []}"#;
    assert!(shown(true, quoted).is_empty());
}

#[test]
fn a_title_is_shown_once_its_content_begins() {
    let start = r#"{"intro": "Hello", "sections": [{"title": "Bird", "content": ""#;
    assert_eq!(shown(false, start).sections, []);
    let more = format!("{start}N");
    assert_eq!(shown(false, &more).sections, [section("Bird", "N")]);
    let next = format!(r#"{start}News"}}, {{"title": "Cl"#);
    assert_eq!(shown(false, &next).sections, [section("Bird", "News")]);
}

#[test]
fn half_an_escape_and_half_a_pair_are_not_shown() {
    for (written, read) in [
        (r"a\", "a"),
        // White space may be the end.
        (r"a\n", "a"),
        (r"a\nb", "a\nb"),
        (r" a", "a"),
        (r"a\u04", "a"),
        (r"a\u0434", "aд"),
        (r"a\ud83d", "a"),
        (r"a\ud83d\", "a"),
        (r"a\ud83d\udd2", "a"),
        (r"a\ud83d\udd2e", "a🔮"),
        // Half a surrogate pair is not JSON: what comes after it is not shown.
        (r"a\ud83dbc", "a"),
        (r"a\udd2ebc", "a"),
        (r"a\ud83d\nbc", "a"),
        (r"a\xbc", "a"),
        (r"a\u00zzbc", "a"),
        (r"a\u0000b", "ab"),
    ] {
        let partial = shown(false, &format!(r#"{{"intro": "{written}"#));
        assert_eq!(partial.intro, read, "{written}");
    }
}

#[test]
fn an_answer_that_is_not_a_reading_shows_nothing() {
    let deep = "[".repeat(100_000);
    for odd in [
        "",
        "I cannot help with that.",
        "[1, 2]",
        "null",
        "}}}}]]",
        r#"{"intro": ["a"], "sections": {"title": "x", "content": "y"}}"#,
        r#"{"sections": ["a", ["title", "b"], 7], "other": {"intro": "c"}}"#,
        r#"{"a": {"sections": [{"title": "x", "content": "y"}]}}"#,
        &format!(r#"{{"a": {deep}, "intro": "b"}}"#),
    ] {
        assert!(shown(false, odd).is_empty(), "{odd:.60}");
    }
}

#[test]
fn starting_over_forgets_the_answer_before() {
    let mut growing = Growing::new(true);
    growing.push(r#"{"appropriate": true, "intro": "A bi"#);
    growing.start_over();
    assert!(growing.partial().is_empty());
    growing.push(r#"{"intro": "A"#);
    assert!(
        growing.partial().is_empty(),
        "the approval was in the other answer"
    );
}
