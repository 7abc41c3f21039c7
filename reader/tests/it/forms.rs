//! Forms find their symbols, and no symbol takes what belongs to others.

use std::collections::BTreeMap;

use reader::inside::Form;
use reader::lexicon::Lexicon;

#[test]
fn every_symbol_is_nearest_to_its_own_form() {
    let lexicon = Lexicon::read().expect("the table is sound");
    for symbol in lexicon.symbols() {
        let (nearest, _) = lexicon.nearest(&symbol.ideal, &[]).expect("some");
        assert_eq!(nearest.key, symbol.key);
    }
}

#[test]
fn a_grid_of_plausible_forms_uses_most_symbols_and_none_too_much() {
    let lexicon = Lexicon::read().expect("the table is sound");
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = 0;
    for elongation in [1.05, 1.3, 1.7, 2.3, 3.2, 4.5] {
        for solidity in [0.4, 0.55, 0.7, 0.85, 0.95] {
            for upright in [0.1, 0.5, 0.9] {
                for lobes in [1.0, 2.0, 3.0, 4.0, 6.0] {
                    for holes in [0.0, 1.0] {
                        for share in [0.005, 0.015, 0.04, 0.1] {
                            let form = Form {
                                share,
                                elongation,
                                solidity,
                                upright,
                                lobes,
                                holes,
                            };
                            let (symbol, _) = lexicon.nearest(&form, &[]).expect("some");
                            *counts.entry(symbol.key).or_default() += 1;
                            all += 1;
                        }
                    }
                }
            }
        }
    }
    let (most, times) = counts.iter().max_by_key(|(_, n)| **n).expect("some");
    assert!(counts.len() >= 60, "{} symbols come up", counts.len());
    assert!(times * 100 <= all * 6, "{most}: {times} of {all}");
}
