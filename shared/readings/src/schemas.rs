//! The JSON schemas of the AI's answers, and the check of an answer by its schema. Pure.

use serde_json::{Value, json};

use vendors::ai::Schema;

const UNSAFE: [&str; 5] = ["none", "sexual", "violent", "hateful", "other"];

/// Schema of the answer to "what is in this cup?".
pub fn vision_schema() -> Schema {
    let text = json!({ "type": "string" });
    let pattern = object(json!({
        "shape": text, "symbol": text, "place": text, "confidence": { "type": "number" },
    }));
    let schema = object(json!({
        "is_cup": { "type": "boolean" },
        "unsafe_content": { "type": "string", "enum": UNSAFE },
        "summary": text,
        "patterns": { "type": "array", "items": pattern },
    }));
    Schema {
        name: "cup_patterns",
        schema,
    }
}

/// Schema of a reading, and of the answer to a question. `appropriate` comes first: a text that is
/// shown while it is written is held back until this field is known.
pub fn reading_schema() -> Schema {
    let text = json!({ "type": "string" });
    let section = object(json!({ "title": text, "content": text }));
    let schema = object(json!({
        "appropriate": { "type": "boolean" },
        "intro": text,
        "sections": { "type": "array", "items": section },
    }));
    Schema {
        name: "reading",
        schema,
    }
}

fn object(properties: Value) -> Value {
    let names: Vec<&String> = properties
        .as_object()
        .map(|fields| fields.keys().collect())
        .unwrap_or_default();
    json!({
        "type": "object",
        "required": names,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// Checks a value by a JSON schema, as far as [`Schema`] goes: the schemas above use only that part
/// of the language. (The crate `jsonschema` would bring 25 others for the rest.)
///
/// # Errors
/// The first field that does not match.
pub(super) fn check(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    let expected = schema["type"].as_str().unwrap_or_default();
    match (expected, value) {
        ("object", Value::Object(fields)) => {
            let known = schema["properties"].as_object();
            if let Some(name) = fields
                .keys()
                .find(|name| known.is_none_or(|known| !known.contains_key(*name)))
            {
                return Err(format!("{at}: {name} is unknown"));
            }
            for (name, schema) in known.into_iter().flatten() {
                let at = format!("{at}.{name}");
                let value = fields.get(name).ok_or_else(|| format!("{at} is missing"))?;
                check(schema, value, &at)?;
            }
            Ok(())
        }
        ("array", Value::Array(items)) => items
            .iter()
            .enumerate()
            .try_for_each(|(n, item)| check(&schema["items"], item, &format!("{at}[{n}]"))),
        ("string", Value::String(_)) => match schema["enum"].as_array() {
            Some(values) if !values.contains(value) => {
                Err(format!("{at} is {value}, not one of {}", schema["enum"]))
            }
            _ => Ok(()),
        },
        ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => Ok(()),
        ("array" | "object", _) => Err(format!("{at} is not an {expected}")),
        _ => Err(format!("{at} is not a {expected}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Vendors that write by a schema write its properties in this order.
    #[test]
    fn appropriate_is_the_first_property() {
        let schema = reading_schema().schema.to_string();
        let at = |name: &str| schema.find(name).expect("it is there");
        assert!(at("\"appropriate\"") < at("\"intro\""), "{schema}");
        assert!(at("\"intro\"") < at("\"sections\""), "{schema}");
    }
}
