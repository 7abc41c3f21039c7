//! `docs/LEXICON.md`, made from the table by `make docs`; a test compares.

use super::{Lexicon, Symbol};
use crate::{Focus, Language};

const HEAD: &str = include_str!("../../assets/lexicon.md");

/// The whole document.
pub fn markdown() -> String {
    let lexicon = Lexicon::whole();
    let count = lexicon.symbols().len().to_string();
    let mut text = HEAD.replace("{count}", &count);
    text.push_str("\n| key | English | Русский | 中文 | in general |\n");
    text.push_str("| --- | --- | --- | --- | --- |\n");
    lexicon
        .symbols()
        .iter()
        .for_each(|s| text.push_str(&row(s)));
    text
}

fn row(symbol: &Symbol) -> String {
    let name = |language| &symbol.noun(language).name;
    format!(
        "| `{}` | {} | {} | {} | {} |\n",
        symbol.key,
        name(Language::En),
        name(Language::Ru),
        name(Language::Zh),
        symbol.meaning(Language::En, Focus::General)
    )
}
