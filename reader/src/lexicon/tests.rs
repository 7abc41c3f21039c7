//! The table is complete and finds what it should.

use super::*;

#[test]
fn there_are_more_than_forty_symbols_in_three_languages() {
    let lexicon = Lexicon::read().expect("the table is sound");
    assert!(lexicon.symbols().len() >= 40);
    for symbol in lexicon.symbols() {
        for focus in [
            Focus::General,
            Focus::Wellbeing,
            Focus::Career,
            Focus::Relationships,
        ] {
            let ru = symbol.meaning(Language::Ru, focus);
            let zh = symbol.meaning(Language::Zh, focus);
            let latin = |text: &str| text.chars().any(|c| c.is_ascii_alphabetic());
            assert!(!latin(ru) && !latin(zh), "{}: {ru} {zh}", symbol.key);
            assert!(
                ru.ends_with(['.', '!']) && zh.ends_with('。'),
                "{}",
                symbol.key
            );
            assert!(
                symbol.meaning(Language::En, focus).ends_with('.'),
                "{}",
                symbol.key
            );
        }
    }
}

#[test]
fn every_symbol_is_nearest_to_its_own_form() {
    let lexicon = Lexicon::read().expect("the table is sound");
    for symbol in lexicon.symbols() {
        let (nearest, _) = lexicon.nearest(&symbol.ideal, &[]).expect("some");
        assert_eq!(nearest.key, symbol.key);
    }
}

#[test]
fn words_are_found_in_three_languages_and_lookalikes_are_not() {
    let lexicon = Lexicon::read().expect("the table is sound");
    let keys = |text: &str| -> Vec<&str> {
        lexicon
            .mentioned(text)
            .iter()
            .map(|symbol| symbol.key)
            .collect()
    };
    assert_eq!(keys("I see a bird above two trees"), ["bird", "tree"]);
    assert_eq!(keys("Вижу птицу и дерево"), ["bird", "tree"]);
    assert_eq!(keys("杯底有一条蛇"), ["snake"]);
    assert!(
        keys("который левый дорогой горячий").is_empty(),
        "{:?}",
        keys("который левый дорогой горячий")
    );
}
