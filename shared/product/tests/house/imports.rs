//! The names that a `use` brings in.

use proc_macro2::TokenTree;

use crate::named::Import;
use crate::scan::{is_punct, is_separator};

/// Everything that stands between `use` and `;`.
pub fn of_tree(tokens: &[TokenTree]) -> Vec<Import> {
    let mut found = Vec::new();
    collect(tokens, &[], &mut found);
    found
}

fn collect(tokens: &[TokenTree], before: &[String], found: &mut Vec<Import>) {
    let (mut parts, mut at) = (before.to_vec(), 0);
    if is_separator(tokens, 0) {
        at = 2;
    }
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(ident)) => parts.push(ident.to_string()),
            Some(TokenTree::Group(group)) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                for branch in inner.split(|token| is_punct(Some(token), ',')) {
                    collect(branch, &parts, found);
                }
                return;
            }
            Some(star) if is_punct(Some(star), '*') => {
                return found.push(import(star, parts, None));
            }
            _ => return,
        }
        if !is_separator(tokens, at + 1) {
            break;
        }
        at += 3;
    }
    // `a::{self}` brings in `a`.
    if parts.len() > 1 && parts.last().is_some_and(|last| last == "self") {
        parts.pop();
    }
    let renamed = match (tokens.get(at + 1), tokens.get(at + 2)) {
        (Some(TokenTree::Ident(word)), Some(name)) if word == "as" => Some(name.to_string()),
        _ => None,
    };
    let name = renamed.or_else(|| parts.last().cloned());
    found.push(import(&tokens[at], parts, name));
}

fn import(token: &TokenTree, parts: Vec<String>, name: Option<String>) -> Import {
    Import {
        inside: Vec::new(),
        parts,
        name,
        line: token.span().start().line,
    }
}

#[test]
fn every_name_of_a_use_is_found() {
    let named = crate::scan::scan(
        "pub use crate::{a, b::{self, C as D, e::*}, f::g as _};\nuse ::h::i;\nuse self::k;",
    );
    let imports = named.expect("a source").imports;
    let found: Vec<(String, Option<&str>, usize)> = imports
        .iter()
        .map(|import| (import.parts.join("::"), import.name.as_deref(), import.line))
        .collect();
    let expected = [
        ("crate::a", Some("a"), 1),
        ("crate::b", Some("b"), 1),
        ("crate::b::C", Some("D"), 1),
        ("crate::b::e", None, 1),
        ("crate::f::g", Some("_"), 1),
        ("h::i", Some("i"), 2),
        ("self::k", Some("k"), 3),
    ];
    assert_eq!(
        found,
        expected.map(|(path, name, line)| (path.to_owned(), name, line))
    );
}
