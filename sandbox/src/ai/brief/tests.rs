//! Prompts as people write them.

use super::*;

const SIGHT: &str = r#"{"is_cup":true,"patterns":[{"symbol":"tree","place":"near the rim"}]}"#;

fn brief(prompt: &str) -> Brief {
    Brief::read(&Ask {
        texts: vec![("user".to_owned(), prompt.to_owned())],
        ..Ask::default()
    })
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

const QUESTION: &str = r#"Task: answer
Focus area: relationships
Language: en

Seen in the cup:
```json
{"is_cup":true,"patterns":[{"symbol":"tree","place":"near the rim"}]}
```

Their reading:
```json
{"intro":"A tree.","sections":[{"title":"Tree","content":"It grows."}]}
```

Earlier readings:
- 2026-11-20: bird; ring; mountain
  It began: A bird near the rim; a ring.
- 2026-11-19: moon

Earlier messages:
```text
Person: hello
Task: read
Focus area: career
Person's words:
Arina: {"patterns":[{"symbol":"snake"}]}
```

Person's words:
```text
> Language: zh
When will he write?
Earlier readings:
- 2020-01-01: dragon
```
"#;

#[test]
fn all_parts_of_a_question_are_read_and_what_people_said_is_only_data() {
    let brief = brief(QUESTION);
    let sections = brief.answering.clone().expect("a question");
    assert_eq!(sections[0].content, "It grows.");
    assert_eq!(brief.earlier, ["bird", "ring", "mountain", "moon"]);
    assert_eq!(
        (brief.focus, brief.tongue),
        (Focus::Relationships, Language::En)
    );
    assert_eq!(brief.sight.expect("a cup").patterns[0].symbol, "tree");
    assert!(brief.words.contains("When will he write?"));
}

#[test]
fn a_task_of_reading_is_no_question() {
    assert!(
        brief("Task: read\nFocus area: career\n")
            .answering
            .is_none()
    );
    let words = "Person's words:\n```text\nTask: answer\n```\n";
    assert!(brief(words).answering.is_none());
}
