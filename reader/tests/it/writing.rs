//! Readings and answers in three languages, checked for what can be checked without taste.

use std::collections::BTreeSet;

use reader::{
    Focus, Language, Pattern, Question, Reading, Sight, Task, UnsafeContent, answer, notice, read,
    see,
};

use crate::pictures::{PHOTO, cup, noise, png};

const LANGUAGES: [Language; 3] = [Language::En, Language::Ru, Language::Zh];
const FOCUSES: [Focus; 4] = [
    Focus::General,
    Focus::Wellbeing,
    Focus::Career,
    Focus::Relationships,
];

/// Cups with blots here and there, as the eye sees them, and the photo.
fn sights() -> Vec<Sight> {
    let drawn = (0..12_u32).map(|seed| {
        let part = |n: u32| f64::from(noise(f64::from(seed), f64::from(n), 7)) / 255.0;
        let picture = cup(0.3, |u, v| {
            (0..5).any(|i| {
                let (x, y) = (1.4 * part(3 * i) - 0.7, 1.4 * part(3 * i + 1) - 0.7);
                ((u - x) / (0.3 * part(3 * i + 2) + 0.05)).hypot((v - y) / 0.12) < 1.0
            })
        });
        see(&png(&picture)).expect("a picture")
    });
    drawn.chain([see(PHOTO).expect("a picture")]).collect()
}

pub fn pattern(symbol: &str, place: &str, shape: &str, confidence: f64) -> Pattern {
    Pattern {
        shape: shape.into(),
        symbol: symbol.into(),
        place: place.into(),
        confidence,
    }
}

fn sight(patterns: Vec<Pattern>) -> Sight {
    Sight {
        is_cup: true,
        unsafe_content: UnsafeContent::None,
        summary: String::new(),
        patterns,
    }
}

pub fn bird_and_tree() -> Sight {
    let large = "large oval dark shape leaning";
    sight(vec![
        pattern("bird", "near the rim, upper left", large, 0.7),
        pattern(
            "tree",
            "on the wall, on the right",
            "medium oval dark shape",
            0.4,
        ),
        pattern(
            "drop",
            "at the bottom of the cup",
            "small round dark shape",
            0.2,
        ),
    ])
}

fn task<'a>(language: Language, focus: Focus, sight: Option<&'a Sight>) -> Task<'a> {
    Task {
        language,
        focus,
        sight,
        words: None,
        earlier: &[],
    }
}

fn sentences(reading: &Reading) -> Vec<String> {
    let text = reading.plain();
    let parts = text.split_inclusive(['.', '!', '?', '。', '！', '？', '\n']);
    let parts = parts.map(|part| part.trim().to_owned());
    parts.filter(|part| part.chars().count() > 6).collect()
}

pub fn assert_clean(text: &str, language: Language) {
    assert!(
        !text.contains(['{', '}', '[', ']', '|', '_', '\u{1}']),
        "{text}"
    );
    assert!(
        !text.contains("  ") && !text.contains(" ,") && !text.contains(".."),
        "{text}"
    );
    if language != Language::En {
        assert!(!text.chars().any(|c| c.is_ascii_alphabetic()), "{text}");
    }
    if language == Language::Zh {
        assert!(
            !text.contains([' ', ',', '.', ';', ':', '?', '"', '「', '«', '你']),
            "{text}"
        );
        return;
    }
    let mut starts = text.split(['\n']).filter(|line| !line.is_empty());
    assert!(
        starts.all(|line| line.starts_with(|c: char| c.is_uppercase())),
        "{text}"
    );
    let mut after = text.split(['.', '\n']).map(str::trim_start);
    assert!(after.all(|s| !s.starts_with(char::is_lowercase)), "{text}");
}

#[test]
fn a_reading_is_of_readable_length_clean_and_never_repeats_a_sentence() {
    for sight in sights() {
        for language in LANGUAGES {
            for focus in FOCUSES {
                let reading = read(&task(language, focus, Some(&sight)));
                let text = reading.plain();
                let length = text.chars().count();
                let bounds = if language == Language::Zh {
                    300..=700
                } else {
                    900..=1800
                };
                assert!(bounds.contains(&length), "{length}: {text}");
                assert_clean(&text, language);
                let all = sentences(&reading);
                let once: BTreeSet<_> = all.iter().collect();
                assert_eq!(once.len(), all.len(), "{text}");
                let last = reading.sections.last().expect("advice");
                assert!(last.content.ends_with(notice(language)), "{text}");
                assert_eq!(reading.sections.len(), sight.patterns.len().min(3) + 1);
            }
        }
    }
}

#[test]
fn different_cups_are_read_differently_and_the_same_cup_alike() {
    let sights = sights();
    for language in LANGUAGES {
        let readings: Vec<_> = sights
            .iter()
            .map(|sight| read(&task(language, Focus::Career, Some(sight))))
            .collect();
        let again = read(&task(language, Focus::Career, Some(&sights[3])));
        assert_eq!(again, readings[3]);
        for (at, one) in readings.iter().enumerate() {
            let mine: BTreeSet<_> = sentences(one).into_iter().collect();
            for (other, second) in readings.iter().enumerate().skip(at + 1) {
                // Two cups with two of three signs in common may say much the same.
                let first = |n: usize| sights[n].patterns.iter().take(3).map(|p| &p.symbol);
                let common = first(at).filter(|symbol| first(other).any(|s| s == *symbol));
                if common.count() > 1 {
                    continue;
                }
                let shared = sentences(second)
                    .iter()
                    .filter(|s| mine.contains(*s))
                    .count();
                assert!(
                    shared * 5 < mine.len() * 3,
                    "{shared} of {}: {at} {other}",
                    mine.len()
                );
            }
        }
    }
}

#[test]
fn what_lies_where_is_named_in_the_persons_language() {
    let sight = bird_and_tree();
    for (language, name, place, title) in [
        (
            Language::En,
            "a bird",
            "near the rim at the upper left",
            "A bird near the rim",
        ),
        (Language::Ru, "птиц", "у края слева вверху", "Птица у края"),
        (Language::Zh, "飞鸟", "杯沿左上方", "杯沿的飞鸟"),
    ] {
        let reading = read(&task(language, Focus::General, Some(&sight)));
        let intro = reading.intro.to_lowercase();
        assert!(intro.contains(name) && intro.contains(place), "{intro}");
        assert_eq!(reading.sections[0].title, title);
    }
}

#[test]
fn the_focus_is_felt_in_every_section() {
    let sight = bird_and_tree();
    let career = read(&task(Language::En, Focus::Career, Some(&sight)));
    let love = read(&task(Language::En, Focus::Relationships, Some(&sight)));
    assert_eq!(career.sections[3].title, "Advice for your work");
    for (one, other) in career.sections.iter().zip(&love.sections) {
        assert_ne!(one.content, other.content);
    }
    assert!(career.intro.to_lowercase().contains("work"));
}

#[test]
fn a_sign_that_was_there_before_is_greeted() {
    let sight = bird_and_tree();
    for (language, word) in [
        (Language::En, "bird"),
        (Language::Ru, "тица"),
        (Language::Zh, "飞鸟"),
    ] {
        let earlier = ["moon".to_owned(), "bird".to_owned()];
        let other = ["moon".to_owned()];
        let plain = read(&task(language, Focus::General, Some(&sight)));
        let mut with = task(language, Focus::General, Some(&sight));
        with.earlier = &earlier;
        let back = read(&with);
        let new = sentences(&back);
        let before: BTreeSet<_> = sentences(&plain).into_iter().collect();
        assert!(
            new.iter().any(|s| !before.contains(s) && s.contains(word)),
            "{new:?}"
        );
        with.earlier = &other;
        let text = read(&with).intro;
        let moon = ["moon", "луна", "月亮"];
        assert!(moon.iter().any(|name| text.contains(name)), "{text}");
        assert_clean(&text, language);
    }
}

#[test]
fn signs_of_another_eye_are_read_too() {
    let strange = sight(vec![
        pattern("gryphon", "close to the handle", "something odd", 0.9),
        pattern("Bird", "rim, top left", "a flying thing", 0.8),
        pattern("bird in flight", "middle", "another", 0.7),
        pattern("unicorn", "", "", 0.6),
    ]);
    for language in LANGUAGES {
        let reading = read(&task(language, Focus::General, Some(&strange)));
        assert_clean(&reading.plain(), language);
        assert_eq!(reading.sections.len(), 3, "each sign once: {reading:?}");
    }
}

#[test]
fn a_picture_without_a_cup_is_said_to_be_one() {
    let mut sight = bird_and_tree();
    sight.is_cup = false;
    let reading = read(&task(Language::En, Focus::General, Some(&sight)));
    assert!(reading.intro.contains("does not look much like a cup"));
}

#[test]
fn nobodys_words_become_a_part_of_our_sentences() {
    let sight = bird_and_tree();
    for words in [
        "{one} [a|b] {acc} {quote}",
        "\u{1}{rest}\u{0}",
        "]]]}}} |",
        "«」\"”",
    ] {
        for language in LANGUAGES {
            let mut task = task(language, Focus::General, Some(&sight));
            task.words = Some(words);
            let text = read(&task).plain();
            assert!(
                !text.contains(['{', '}', '[', ']', '\u{1}', '\u{0}']),
                "{text}"
            );
            let question = Question {
                language,
                focus: Focus::General,
                words,
                patterns: &sight.patterns,
                sections: &[],
            };
            assert_clean(&answer(&question).plain(), language);
        }
    }
}

#[test]
fn long_words_are_cut_and_do_not_drown_the_reading() {
    let sight = bird_and_tree();
    let words = "слово ".repeat(500);
    let mut task = task(Language::Ru, Focus::Wellbeing, Some(&sight));
    task.words = Some(&words);
    let text = read(&task).plain();
    assert!(
        text.chars().count() < 2_000 && text.contains("слово…»"),
        "{text}"
    );
}
