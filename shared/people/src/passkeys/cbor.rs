//! CBOR (RFC 8949), as far as authenticators write it. Pure.

use cbor4ii::core::Value;
use cbor4ii::core::dec::{Decode, Read};
use cbor4ii::core::utils::SliceReader;

use super::Flaw;

/// The first item, and how many bytes it has.
///
/// # Errors
/// What is no CBOR.
pub(super) fn first(bytes: &[u8]) -> Result<(Value, usize), Flaw> {
    let mut reader = SliceReader::new(bytes);
    let value = Value::decode(&mut reader).map_err(|_| "not CBOR")?;
    let rest = reader.fill(bytes.len()).map_err(|_| "not CBOR")?;
    Ok((value, bytes.len() - rest.as_ref().len()))
}

/// The only item.
///
/// # Errors
/// What is no CBOR, or has something behind it.
pub(super) fn only(bytes: &[u8]) -> Result<Value, Flaw> {
    let (value, length) = first(bytes)?;
    match length == bytes.len() {
        true => Ok(value),
        false => Err("something follows the CBOR"),
    }
}

/// The value of a map with this text as its key.
pub(super) fn named<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    find(map, |key| matches!(key, Value::Text(text) if text == name))
}

/// The value of a map with this number as its key.
pub(super) fn numbered(map: &Value, number: i128) -> Option<&Value> {
    find(
        map,
        |key| matches!(key, Value::Integer(other) if *other == number),
    )
}

fn find(map: &Value, is_it: impl Fn(&Value) -> bool) -> Option<&Value> {
    let Value::Map(pairs) = map else {
        return None;
    };
    let mut found = pairs.iter().filter(|(key, _)| is_it(key));
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value),
        // A key that stands there twice says nothing.
        _ => None,
    }
}
