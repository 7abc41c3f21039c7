//! Readings in three languages, checked for what can be checked without taste.

use super::*;

fn seen(symbol: &str, place: &str, shape: &str, confidence: f64) -> Seen {
    Seen {
        symbol: symbol.into(),
        place: place.into(),
        shape: shape.into(),
        confidence,
    }
}

fn brief(tongue: Tongue, focus: Focus) -> Brief {
    let patterns = vec![
        seen(
            "bird",
            "near the rim, upper left",
            "large oval curved dark shape leaning",
            0.7,
        ),
        seen(
            "tree",
            "on the wall, on the right",
            "medium oval dark shape standing upright",
            0.4,
        ),
        seen(
            "drop",
            "at the bottom of the cup",
            "small round dark shape",
            0.2,
        ),
        seen("gryphon", "elsewhere", "something", 0.1),
    ];
    Brief {
        tongue,
        focus,
        seen: patterns,
        not_a_cup: false,
        words: String::new(),
        structured: true,
    }
}

fn read(brief: &Brief) -> Reading {
    compose(brief, &Lexicon::read().expect("the table is sound"))
}

const ALL: [Focus; 4] = [
    Focus::General,
    Focus::Wellbeing,
    Focus::Career,
    Focus::Relationships,
];

#[test]
fn a_reading_has_a_section_for_each_sign_and_ends_in_advice() {
    for focus in ALL {
        let reading = read(&brief(Tongue::En, focus));
        assert_eq!(reading.sections.len(), 5);
        assert!(
            reading
                .intro
                .contains("the bird near the rim at the upper left")
        );
        assert_eq!(reading.sections[1].title, "Tree: on the wall on the right");
        assert!(reading.sections[4].title.starts_with("Advice"));
    }
}

#[test]
fn russian_and_chinese_readings_hold_no_latin_letter() {
    for tongue in [Tongue::Ru, Tongue::Zh] {
        for focus in ALL {
            let mut brief = brief(tongue, focus);
            let text = read(&brief).plain();
            assert!(!text.chars().any(|c| c.is_ascii_alphabetic()), "{text}");
            brief.seen.clear();
            brief.words = "?".into();
            let text = read(&brief).plain();
            assert!(!text.chars().any(|c| c.is_ascii_alphabetic()), "{text}");
        }
    }
}

#[test]
fn no_sentence_comes_twice_and_the_length_stays_in_bounds() {
    for tongue in [Tongue::En, Tongue::Ru, Tongue::Zh] {
        let mut brief = brief(tongue, Focus::Career);
        brief.words = "word ".repeat(100);
        for (at, symbol) in ["snake", "river", "moon"].iter().enumerate() {
            let place = "near the rim, upper left";
            brief
                .seen
                .insert(at, seen(symbol, place, "large dark shape leaning", 0.4));
        }
        let text = read(&brief).plain();
        assert!(text.chars().count() < 2_500, "{}", text.chars().count());
        let mut sentences: Vec<_> = text
            .split_inclusive(['.', '。', '\n'])
            .map(str::trim)
            .collect();
        sentences.retain(|sentence| sentence.chars().count() > 6);
        let count = sentences.len();
        sentences.sort_unstable();
        sentences.dedup();
        assert_eq!(sentences.len(), count, "{text}");
    }
}

#[test]
fn the_same_task_gives_the_same_reading_and_the_focus_changes_it() {
    let career = read(&brief(Tongue::Ru, Focus::Career));
    assert_eq!(career, read(&brief(Tongue::Ru, Focus::Career)));
    assert_ne!(career, read(&brief(Tongue::Ru, Focus::Relationships)));
}

#[test]
fn words_alone_are_read_by_the_signs_they_name() {
    for (tongue, words, first) in [
        (Tongue::En, "I saw a snake and two birds", "Snake"),
        (Tongue::Ru, "На дне змея и маленькие птицы", "Змея"),
        (Tongue::Zh, "杯底有蛇和小鸟", "蛇"),
    ] {
        let mut brief = brief(tongue, Focus::General);
        brief.seen.clear();
        brief.words = words.into();
        let reading = read(&brief);
        assert_eq!(reading.sections[0].title, first);
        assert_eq!(reading.sections.len(), 3);
    }
}

#[test]
fn a_question_without_signs_still_gets_a_kind_answer_that_quotes_it() {
    let mut brief = brief(Tongue::Ru, Focus::Career);
    brief.seen.clear();
    brief.words = "Стоит ли менять <b>работу</b>?".into();
    let reading = read(&brief);
    assert!(
        reading.intro.contains("«Стоит ли менять b работу /b ?»"),
        "{}",
        reading.intro
    );
    assert!(
        reading
            .sections
            .iter()
            .any(|section| section.title == "Ваш вопрос")
    );
}
