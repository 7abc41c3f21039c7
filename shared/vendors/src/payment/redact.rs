//! What of a vendor's words may be kept: nothing about a card, and nothing about a person.

use serde_json::{Value, json};

/// Stands in the place of what is not kept.
const LEFT_OUT: &str = "...";

/// The words without the values under these names, at any depth, and without what looks like the number of a card.
pub(crate) fn redacted(words: &Value, names: &[&str]) -> Value {
    match words {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| match names.contains(&name.as_str()) {
                true => (name.clone(), json!(LEFT_OUT)),
                false => (name.clone(), redacted(value, names)),
            })
            .collect(),
        Value::Array(all) => all.iter().map(|one| redacted(one, names)).collect(),
        Value::String(text) if is_card_number(text) => json!(LEFT_OUT),
        Value::Number(number) if is_card_number(&number.to_string()) => json!(LEFT_OUT),
        other => other.clone(),
    }
}

/// A JSON body as it may be kept: without the values under these names, at any depth, where there are some. `None`: it has
/// none of them.
pub(crate) fn masked(body: &[u8], names: &[&str]) -> Option<Vec<u8>> {
    let mut words: Value = serde_json::from_slice(body).ok()?;
    if !mask(&mut words, names) {
        return None;
    }
    serde_json::to_vec(&words).ok()
}

/// Whether there was something to leave out.
fn mask(words: &mut Value, names: &[&str]) -> bool {
    let mut changed = false;
    match words {
        Value::Object(fields) => {
            for (name, value) in fields {
                if names.contains(&name.as_str()) && !value.is_null() {
                    *value = json!(LEFT_OUT);
                    changed = true;
                } else {
                    changed |= mask(value, names);
                }
            }
        }
        Value::Array(all) => {
            for one in all {
                changed |= mask(one, names);
            }
        }
        _ => {}
    }
    changed
}

/// The digits of a card, written together or in groups; those in the middle may be asterisks. Cards have 13 to 19
/// digits (ISO/IEC 7812-1), most have 16; the vendors' own numbers have fewer than 15.
fn is_card_number(text: &str) -> bool {
    let places = text.chars().filter(|c| c.is_ascii_digit() || *c == '*');
    (15..=19).contains(&places.count())
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .chars()
            .all(|c| c.is_ascii_digit() || "* -".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_digit_of_a_card_is_kept() {
        let words = json!({
            "PaymentId": 8_742_591, "Amount": 9_855, "Pan": "430000******0777", "Token": "b906",
            "more": [{ "pan": "4300 0000 0000 0777" }, 4_300_000_000_000_777_u64],
            "DATA": { "Phone": "+71234567890" }, "OrderId": "0199c3a0-0000-7000-8000-000000000001",
        });
        let kept = json!({
            "PaymentId": 8_742_591, "Amount": 9_855, "Pan": "...", "Token": "...",
            "more": [{ "pan": "..." }, "..."],
            "DATA": "...", "OrderId": "0199c3a0-0000-7000-8000-000000000001",
        });
        assert_eq!(redacted(&words, &["Token", "DATA"]), kept);
    }

    #[test]
    fn a_body_is_kept_without_what_is_named_and_with_each_null() {
        let body =
            json!({ "a": null, "b": "x", "more": [{ "a": "secret", "c": 299 }] }).to_string();
        let kept = masked(body.as_bytes(), &["a"]).expect("something is left out");
        let kept: Value = serde_json::from_slice(&kept).expect("JSON");
        let expected = json!({ "a": null, "b": "x", "more": [{ "a": "...", "c": 299 }] });
        assert_eq!(kept, expected);
        assert_eq!(masked(body.as_bytes(), &["d"]), None);
        assert_eq!(masked(b"a=1", &["a"]), None);
    }
}
