//! Reads the text of the table: seven lines a symbol, as `docs/LEXICON.md` says.

use super::{Noun, Symbol, Text, Theme};
use crate::eye::Form;

/// All symbols of `source`; the error names the head of the first one that cannot be read.
pub fn lexicon(source: &'static str) -> Result<Vec<Symbol>, String> {
    let mut lines = source
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    let mut symbols = Vec::new();
    while let Some(head) = lines.next() {
        let symbol = symbol(head, &mut lines);
        symbols.push(symbol.ok_or_else(|| format!("the lexicon, at {head:?}"))?);
    }
    Ok(symbols)
}

fn symbol(head: &'static str, lines: &mut impl Iterator<Item = &'static str>) -> Option<Symbol> {
    let (key, rest) = head.strip_prefix("@ ")?.split_once(' ')?;
    let (numbers, theme) = rest.rsplit_once(' ')?;
    let numbers: Vec<f64> = numbers
        .split(' ')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let [elongation, solidity, upright, lobes, holes, share] = numbers[..] else {
        return None;
    };
    let ideal = Form {
        share,
        elongation,
        solidity,
        upright,
        lobes,
        holes,
    };
    let mut text = |language: &str, noun: fn(&str) -> Option<Noun>| {
        let (name, words) = lines.next()?.strip_prefix(language)?.split_once('|')?;
        let meanings: Vec<_> = lines.next()?.split('|').map(str::trim).collect();
        (meanings.len() == 4).then_some(Text {
            noun: noun(name.trim())?,
            words: words.split(',').map(str::trim).collect(),
            meanings,
        })
    };
    Some(Symbol {
        key,
        theme: Theme::named(theme)?,
        ideal,
        texts: [
            text("en ", |name| Some(Noun::english(name)))?,
            text("ru ", Noun::russian)?,
            text("zh ", Noun::chinese)?,
        ],
    })
}
