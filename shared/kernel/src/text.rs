//! Text from outside, as it can be stored. Postgres stores no NUL, and JSON can spell half of a surrogate
//! pair, which is no character of Unicode: a parser refuses the whole document for it.
//!
//! Called where text enters (updates, `initData`, bodies, queries, forms), so that nothing behind has to.

use std::borrow::Cow;

/// Without NUL.
pub fn without_nul(text: &str) -> Cow<'_, str> {
    match text.contains('\0') {
        true => text.replace('\0', "").into(),
        false => text.into(),
    }
}

/// JSON whose strings spell no NUL, and U+FFFD for each half of a surrogate pair. What is no JSON
/// stays none.
pub fn storable_json(json: &[u8]) -> Cow<'_, [u8]> {
    if !json.windows(2).any(|pair| pair == b"\\u") {
        return json.into();
    }
    let (mut storable, mut rest) = (Vec::with_capacity(json.len()), json);
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (before, escaped) = rest.split_at(at);
        let (kept, len) = escape(escaped);
        storable.extend_from_slice(before);
        storable.extend_from_slice(kept);
        rest = &escaped[len..];
    }
    storable.extend_from_slice(rest);
    storable.into()
}

/// What is kept of the escape at the beginning, and how long it is.
fn escape(json: &[u8]) -> (&[u8], usize) {
    const UNIT: usize = "\\u0000".len();
    let first = |len: usize| &json[..len.min(json.len())];
    let next = || json.get(UNIT..).and_then(code_unit);
    match code_unit(json) {
        Some(0) => (b"", UNIT),
        Some(0xD800..=0xDBFF) if matches!(next(), Some(0xDC00..=0xDFFF)) => {
            (first(2 * UNIT), 2 * UNIT)
        }
        Some(0xD800..=0xDFFF) => (b"\\ufffd", UNIT),
        Some(_) => (first(UNIT), UNIT),
        None => (first(2), first(2).len()),
    }
}

/// The unit of UTF-16 that `\uXXXX` spells.
fn code_unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(b"\\u")?.get(..4)?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8259, sections 7 and 8.2, has the pair of U+1D11E and the half `\uDEAD`.
    #[test]
    fn only_what_cannot_be_stored_is_changed() {
        for (json, storable) in [
            (r#"{"a":"b\\n\"c"}"#, r#"{"a":"b\\n\"c"}"#),
            (r#""a\u0000b\u0000""#, r#""ab""#),
            (r#""\uD834\uDD1E""#, r#""\uD834\uDD1E""#),
            (r#""\uDEAD""#, r#""\ufffd""#),
            (r#""\uD834x\uDD1E""#, r#""\ufffdx\ufffd""#),
            (r#""\uD834\uD834\udd1e""#, r#""\ufffd\uD834\udd1e""#),
            (r#""\uD834\u0000\uDD1E""#, r#""\ufffd\ufffd""#),
            // An escaped backslash, and then letters.
            (r#""\\u0000 \u0041""#, r#""\\u0000 \u0041""#),
            // No JSON, and not to be read beyond its end.
            (r#""\u12"#, r#""\u12"#),
            (r#""\u+123""#, r#""\u+123""#),
            (r"\u0041\", r"\u0041\"),
        ] {
            let changed = storable_json(json.as_bytes());
            assert_eq!(String::from_utf8_lossy(&changed), storable, "{json}");
        }
    }

    #[test]
    fn every_unit_of_utf_16_can_be_parsed_afterwards() {
        for unit in 0..=u16::MAX {
            let json = format!("\"a\\u{unit:04x}b\"");
            let read: String =
                serde_json::from_slice(&storable_json(json.as_bytes())).expect(&json);
            assert!(
                read.starts_with('a') && read.ends_with('b') && !read.contains('\0'),
                "{json}"
            );
        }
        assert_eq!(without_nul("a\0b\0"), "ab");
    }
}
