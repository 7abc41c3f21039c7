//! The lexicon: complete, gentle, spread over the forms that occur, and documented.

use std::collections::{BTreeMap, BTreeSet};

use reader::lexicon::{Lexicon, table};
use reader::{Focus, Language, see};

use crate::pictures::{cup, noise, png};

const LANGUAGES: [Language; 3] = [Language::En, Language::Ru, Language::Zh];
const FOCUSES: [Focus; 4] = [
    Focus::General,
    Focus::Wellbeing,
    Focus::Career,
    Focus::Relationships,
];

fn lexicon() -> Lexicon {
    Lexicon::read().expect("the table is sound")
}

#[test]
fn there_are_more_than_eighty_symbols_whole_in_three_languages() {
    let lexicon = lexicon();
    assert!(lexicon.symbols().len() >= 96);
    let mut keys = BTreeSet::new();
    for symbol in lexicon.symbols() {
        assert!(keys.insert(symbol.key), "{} twice", symbol.key);
        for focus in FOCUSES {
            let [en, ru, zh] = LANGUAGES.map(|language| symbol.meaning(language, focus));
            let latin = |text: &str| text.chars().any(|c| c.is_ascii_alphabetic());
            assert!(!latin(ru) && !latin(zh), "{}: {ru} {zh}", symbol.key);
            assert!(en.ends_with('.') && ru.ends_with('.'), "{}", symbol.key);
            assert!(
                zh.ends_with('。') && !zh.contains(' '),
                "{}: {zh}",
                symbol.key
            );
            assert!(
                !zh.contains([',', '?', '!', '"', '「', '你']),
                "{}: {zh}",
                symbol.key
            );
        }
    }
}

#[test]
fn no_meaning_comes_twice_and_each_opens_a_thought() {
    let (lexicon, mut seen) = (lexicon(), BTreeSet::new());
    let mut sure = Vec::new();
    for symbol in lexicon.symbols() {
        for focus in FOCUSES {
            for language in LANGUAGES {
                assert!(
                    seen.insert(symbol.meaning(language, focus)),
                    "{}",
                    symbol.key
                );
            }
            // What a reading rests on says "may"; a sentence beside it may state something plain.
            if focus == Focus::General {
                let text = symbol.meaning(Language::En, focus).to_lowercase();
                let soft = [
                    "may", "might", "could", "seem", "tend", "ready", "deserve", "enough",
                ];
                if !soft.iter().any(|word| text.contains(word)) {
                    sure.push(symbol.key);
                }
            }
        }
    }
    assert!(sure.is_empty(), "{sure:?}");
}

#[test]
fn nothing_in_it_frightens_or_plays_the_expert() {
    let words = [
        "death",
        "die",
        "dying",
        "disaster",
        "curse",
        "betray",
        "enemy",
        "cancer",
        "diagnos",
        "medicine",
        "lawsuit",
        "court",
        "invest",
        "bankrupt",
        "смерт",
        "умер",
        "беда",
        "проклят",
        "предател",
        "враг",
        "диагноз",
        "лекарств",
        "инвестиц",
        "банкрот",
        "суд ",
        "死",
        "灾",
        "诅咒",
        "背叛",
        "敌人",
        "诊断",
        "药",
        "投资",
        "破产",
        "官司",
    ];
    for symbol in lexicon().symbols() {
        for focus in FOCUSES {
            for language in LANGUAGES {
                let text = symbol.meaning(language, focus).to_lowercase();
                let found = words.iter().find(|word| {
                    let mut parts = text.split(|c: char| !c.is_alphanumeric());
                    match word.is_ascii() {
                        true => parts.any(|part| part.starts_with(*word) && part != "diet"),
                        false => text.contains(*word),
                    }
                });
                assert!(found.is_none(), "{}: {text}", symbol.key);
            }
        }
    }
}

#[test]
fn words_are_found_in_three_languages_and_lookalikes_are_not() {
    let lexicon = lexicon();
    let keys =
        |text: &str| -> Vec<&str> { lexicon.mentioned(text).iter().map(|s| s.key).collect() };
    assert_eq!(keys("I see a bird above two trees"), ["bird", "tree"]);
    assert_eq!(keys("Вижу птицу и дерево"), ["bird", "tree"]);
    assert_eq!(keys("杯底有一条蛇"), ["snake"]);
    for text in [
        "который левый дорогой горячий",
        "кот вам не кит",
        "вокруг вечер",
        "well then",
        "Что будет через месяц?",
        "Меня это волнует, небо голубое, воздушный поцелуй",
        "В деревне горе, молотый кофе, колода карт",
        "Когда он напишет письмо и будет ли у нас дом?",
        "What about my money and my home?",
        "Will he hold my hand on this path? I can't bear it, he leaves me.",
        "Should I watch the balance, cross the street, fire him, book a trip?",
        "我想买房子，要不要等他的信件？",
    ] {
        let found = keys(text);
        assert!(
            found.is_empty() || text.starts_with("кот "),
            "{text}: {found:?}"
        );
    }
}

#[test]
fn everyday_words_are_signs_where_somebody_tells_of_a_cup() {
    let lexicon = lexicon();
    let keys =
        |text: &str| -> Vec<&str> { lexicon.mentioned(text).iter().map(|s| s.key).collect() };
    assert_eq!(
        keys("I see a fire and a big cross"),
        ["flame", "crossroads"]
    );
    assert_eq!(keys("What does the hand mean?"), ["hand"]);
    assert_eq!(keys("What does it mean for my money?"), [""; 0]);
    assert_eq!(keys("На дне дом, а рядом рука"), ["house", "hand"]);
    assert_eq!(keys("Что значит письмо?"), ["letter"]);
    assert_eq!(keys("我看到一座房子"), ["house"]);
    // A name of two words is one sign.
    assert_eq!(keys("Что значит воздушный змей?"), ["kite"]);
    assert_eq!(keys("Вижу песочные часы и голубя"), ["hourglass", "dove"]);
    assert_eq!(keys("I see a palm tree"), ["palm"]);
    // Another eye's names are no everyday talk.
    for (name, key) in [("cross", "crossroads"), ("fire", "flame"), ("volna", "")] {
        assert_eq!(lexicon.named(name).map_or("", |symbol| symbol.key), key);
    }
}

#[test]
fn drawn_cups_bring_up_many_symbols_and_none_too_often() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for seed in 0..40_u32 {
        let part = |n: u32| f64::from(noise(f64::from(seed), f64::from(n), 5)) / 255.0;
        let blots: Vec<_> = (0..5)
            .map(|i| {
                let k = 6 * i;
                let at = (1.4 * part(k) - 0.7, 1.4 * part(k + 1) - 0.7);
                (
                    at,
                    0.05 + 0.3 * part(k + 2),
                    0.04 + 0.12 * part(k + 3),
                    3.2 * part(k + 4),
                    (2.0 + 5.0 * part(k + 5)).floor(),
                )
            })
            .collect();
        let dark = |u: f64, v: f64| {
            blots.iter().any(|((x, y), long, short, turn, waves)| {
                let (s, c) = turn.sin_cos();
                let (p, q) = (
                    (c * (u - x) + s * (v - y)) / long,
                    (c * (v - y) - s * (u - x)) / short,
                );
                p.hypot(q) < 1.0 + 0.35 * (waves * q.atan2(p)).sin()
            })
        };
        for pattern in see(&png(&cup(0.2, dark))).expect("a picture").patterns {
            *counts.entry(pattern.symbol).or_default() += 1;
        }
    }
    let all: usize = counts.values().sum();
    let (most, times) = counts.iter().max_by_key(|(_, n)| **n).expect("some");
    assert!(counts.len() >= 35, "{} of {all}: {counts:?}", counts.len());
    assert!(times * 9 < all, "{most}: {times} of {all}");
}

#[test]
fn the_document_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/LEXICON.md");
    let stored = std::fs::read_to_string(path).expect("docs/LEXICON.md");
    assert!(stored == table::markdown(), "run `make docs`");
}
