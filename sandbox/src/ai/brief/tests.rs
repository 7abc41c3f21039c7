//! Prompts as people write them.

use super::*;
use serde_json::json;

const SIGHT: &str = r#"{"is_cup":true,"patterns":[{"symbol":"tree","place":"near the rim"}]}"#;

fn brief(prompt: &str) -> Brief {
    let body = json!({"model": "m", "messages": [{"role": "user", "content": prompt}]});
    Brief::read(&ChatRequest::read(&body).expect("a request"))
}

#[test]
fn the_parts_may_come_in_any_order() {
    let focus = "Focus area: career\nLanguage: ru";
    let words = "Person's words:\nЧто меня ждёт?\nИ когда?";
    let fenced = format!("```json\n{SIGHT}\n```");
    for prompt in [
        format!("{focus}\n{fenced}\n{words}"),
        format!("{focus}\n\n{words}\n\n{fenced}"),
        format!("{words}\n{fenced}\n{focus}"),
        format!("{words}\n{SIGHT}\n- **{focus}"),
        format!("Person’s words: Что меня ждёт?\nИ когда?\n{focus}\nVision result: {SIGHT}"),
    ] {
        let brief = brief(&prompt);
        assert_eq!(brief.words, "Что меня ждёт? И когда?", "{prompt}");
        assert_eq!(
            (brief.focus, brief.tongue),
            (Focus::Career, Language::Ru),
            "{prompt}"
        );
        assert_eq!(brief.sight.expect("a cup").patterns.len(), 1, "{prompt}");
    }
}

#[test]
fn an_example_in_the_instructions_is_not_taken_for_the_cup() {
    let example = r#"{"patterns":[{"symbol":"snake"}]}"#;
    let brief = brief(&format!("The vision answer looks like {example}.\n{SIGHT}"));
    assert_eq!(brief.sight.expect("a cup").patterns[0].symbol, "tree");
}

#[test]
fn without_a_language_line_the_words_decide() {
    for (words, tongue) in [
        ("Вижу птицу", Language::Ru),
        ("我看见一只鸟", Language::Zh),
        ("I see", Language::En),
    ] {
        assert_eq!(brief(words).tongue, tongue);
        assert_eq!(brief(words).words, words);
    }
}

#[test]
fn letters_that_grow_in_lower_case_do_no_harm() {
    assert_eq!(
        brief("Focus area: general\nPerson's words: İİİ ẞ İ").words,
        "İİİ ẞ İ"
    );
}
