//! Fills templates. One pass over the template: what is filled in is never looked at again, so
//! no person's words can become part of a template.

use crate::lexicon::{Gender, Noun};

/// `template` about `noun`, with further `values`; the first letter is made a capital.
pub fn fill(template: &str, noun: &Noun, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(at) = rest.find(['{', '[']) {
        text.push_str(&rest[..at]);
        let (open, close) = (
            &rest[at..=at],
            if rest[at..].starts_with('{') {
                '}'
            } else {
                ']'
            },
        );
        let Some(length) = rest[at..].find(close) else {
            break;
        };
        let inner = &rest[at + 1..at + length];
        match open {
            "{" => text.push_str(value(inner, noun, values)),
            _ => text.push_str(agreeing(inner, noun.gender)),
        }
        rest = &rest[at + length + 1..];
    }
    text.push_str(rest);
    capital(&text)
}

fn value<'a>(name: &str, noun: &'a Noun, values: &[(&str, &'a str)]) -> &'a str {
    let [genitive, accusative] = &noun.cases;
    match name {
        "one" => &noun.one,
        "the" => &noun.known,
        "gen" => genitive,
        "acc" if accusative == &noun.known && noun.one != noun.known => &noun.one,
        "acc" => accusative,
        _ => values
            .iter()
            .find(|(other, _)| *other == name)
            .map_or("", |(_, value)| value),
    }
}

fn agreeing(forms: &str, gender: Gender) -> &str {
    let forms: Vec<&str> = forms.split('|').collect();
    let at = match (gender, forms.len()) {
        (Gender::P, count) => count - 1,
        (Gender::F, 4) => 1,
        (Gender::N, 4) => 2,
        _ => 0,
    };
    forms.get(at).copied().unwrap_or_default()
}

/// With its first letter large.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
