//! Which field of a body or a query is at fault, and why, in words of HTTP: serde speaks of Rust.

use kernel::Error;
use serde::Deserializer;
use serde::de::value::Error as Asked;
use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::forward_to_deserialize_any;

/// The fault that serde found in this part; `whole` is what the part belongs to. Unknown fields are named
/// by the message.
pub(super) fn of<T: DeserializeOwned>(whole: &'static str, name: &str, message: &str) -> Error {
    let known = fields_of::<T>().iter().find(|field| **field == name);
    Error::invalid(known.unwrap_or(&whole), reason(message))
}

/// A fault that no single part has: one is missing, or stands there twice.
pub(super) fn of_all<T: DeserializeOwned>(whole: &'static str, message: &str) -> Error {
    let named = |before: &str| message.strip_prefix(before)?.split('`').next();
    if let Some(name) = named("missing field `") {
        let known = fields_of::<T>().iter().find(|field| **field == name);
        return Error::missing(known.unwrap_or(&whole), "is missing");
    }
    match named("duplicate field `") {
        Some(name) => of::<T>(whole, name, "given more than once"),
        None => Error::invalid(whole, reason(message)),
    }
}

/// Whether the other fields are at fault, and not this part.
pub(super) fn is_of_others(message: &str) -> bool {
    message.starts_with("missing field")
}

/// What serde says, without the names of Rust.
fn reason(message: &str) -> String {
    // The place in JSON is that of the part.
    let message = message.split(" at line ").next().unwrap_or(message);
    let about_value = ["invalid type", "invalid value", "unknown variant"];
    if about_value.iter().any(|one| message.starts_with(one))
        && let Some((_, expected)) = message.rsplit_once(", expected ")
    {
        return format!("must be {}", in_json(expected));
    }
    match message {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "must be a whole number".to_owned()
        }
        "number too large to fit in target type" | "number too small to fit in target type" => {
            "is out of range".to_owned()
        }
        message => message.to_owned(),
    }
}

/// The kind of value, as JSON calls it.
fn in_json(expected: &str) -> &str {
    match expected {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "f32" | "f64" => "a number",
        "string or map" => "a string",
        "a map" => "an object",
        expected if expected.starts_with("struct ") => "an object",
        expected => expected,
    }
}

/// The names of the fields of a struct: serde passes them to what it reads from.
fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut fields: &'static [&'static str] = &[];
    // Nothing is read, so this is always an error.
    let _ = T::deserialize(Fields(&mut fields));
    fields
}

struct Fields<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = Asked;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Asked> {
        *self.0 = fields;
        Err(Asked::custom("only the names were asked for"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Asked> {
        Err(Asked::custom("no struct"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
