//! Readings without a cup: of signs a person tells of, or of ones drawn by lot.

use reader::{Focus, Language, Reading, Task, notice_of_words, read};

use crate::writing::assert_clean;

const LANGUAGES: [Language; 3] = [Language::En, Language::Ru, Language::Zh];

fn of_words(language: Language, words: Option<&str>) -> Reading {
    read(&Task {
        language,
        focus: Focus::General,
        sight: None,
        words,
        earlier: &[],
    })
}

#[test]
fn a_lot_draws_two_different_signs() {
    for number in 0..300 {
        let words = format!("слово {number}");
        let reading = of_words(Language::Ru, Some(&words));
        assert_eq!(reading.sections.len(), 3, "two signs, advice: {reading:?}");
        assert_ne!(reading.sections[0].title, reading.sections[1].title);
    }
}

#[test]
fn where_nothing_was_measured_nothing_is_said_to_be() {
    for language in LANGUAGES {
        for words in [None, Some("…"), Some("bird, птица, 飞鸟")] {
            let text = of_words(language, words).plain();
            assert!(text.ends_with(notice_of_words(language)), "{text}");
            let measured = ["measured", "измерен", "测量"];
            assert!(!measured.iter().any(|word| text.contains(word)), "{text}");
            if words.is_none() {
                assert_clean(&text, language);
                let cup = ["this cup", "the cup", "этой чашк", "Читаю её", "这只杯子"];
                assert!(!cup.iter().any(|word| text.contains(word)), "{text}");
            }
        }
    }
}

#[test]
fn words_alone_are_read_by_the_signs_they_name() {
    for (language, words, first) in [
        (Language::En, "I saw a snake and two birds", "A snake"),
        (Language::Ru, "На дне змея и маленькие птицы", "Змея"),
        (Language::Zh, "杯底有蛇和小鸟", "蛇"),
    ] {
        let reading = of_words(language, Some(words));
        assert_eq!(reading.sections[0].title, first);
        assert_eq!(reading.sections.len(), 3);
        assert_clean(&reading.plain(), language);
    }
}

#[test]
fn a_question_without_signs_still_gets_a_kind_answer_that_quotes_it() {
    let words = "Стоит ли менять <b>работу</b>?";
    let reading = of_words(Language::Ru, Some(words));
    let quoted = "«Стоит ли менять b работу /b ?»";
    assert!(reading.intro.contains(quoted), "{}", reading.intro);
    let titles: Vec<_> = reading.sections.iter().map(|s| s.title.as_str()).collect();
    assert!(titles.contains(&"Ваш вопрос"), "{titles:?}");
}
