//! The declaration of a fact: something that happened and is recorded in the outbox. Each feature lists
//! its own; the crate `events` writes and reads them.

use chrono::DateTime;
use serde_json::{Value, json};
use uuid::Uuid;

/// A kind of fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactKind {
    /// Frozen once released: readers know a fact by it. Form: `subject.verb`, in the past tense.
    pub name: &'static str,
    /// Of its data: a reader of an older one must not meet a newer one unawares. Fields may be added without a new
    /// version.
    pub version: i16,
    /// When it is recorded.
    pub about: &'static str,
}

/// A field of the data of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    pub holds: Holds,
    pub about: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A UUID.
    Id,
    /// A short text that a program chose.
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    Integer,
    Flag,
    /// RFC 3339.
    Moment,
    Fields(&'static [Field]),
    /// That, or null.
    Maybe(&'static Holds),
}

/// A kind of fact with all fields of its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    pub kind: FactKind,
    pub fields: &'static [Field],
}

impl Shape {
    /// Whether data has these fields and no others.
    pub fn fits(&self, data: &Value) -> bool {
        fit(self.fields, data)
    }

    /// The JSON Schema of its data (draft 2020-12). Readers must expect fields that are not in it yet.
    pub fn schema(&self) -> Value {
        let FactKind {
            name,
            version,
            about,
        } = self.kind;
        let mut schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": format!("{name} v{version}"),
            "description": about,
        });
        if let (Value::Object(schema), Value::Object(rest)) = (&mut schema, object(self.fields)) {
            schema.extend(rest);
        }
        schema
    }
}

impl Holds {
    fn fits(self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Id => text.is_some_and(|text| Uuid::parse_str(text).is_ok()),
            Self::Text => text.is_some(),
            Self::OneOf(all) => text.is_some_and(|text| all.contains(&text)),
            Self::Integer => value.is_i64(),
            Self::Flag => value.is_boolean(),
            Self::Moment => text.is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok()),
            Self::Fields(fields) => fit(fields, value),
            Self::Maybe(holds) => value.is_null() || holds.fits(value),
        }
    }

    fn schema(self) -> Value {
        match self {
            Self::Id => json!({ "type": "string", "format": "uuid" }),
            Self::Text => json!({ "type": "string" }),
            Self::OneOf(all) => json!({ "type": "string", "enum": all }),
            Self::Integer => json!({ "type": "integer" }),
            Self::Flag => json!({ "type": "boolean" }),
            Self::Moment => json!({ "type": "string", "format": "date-time" }),
            Self::Fields(fields) => object(fields),
            Self::Maybe(holds) => json!({ "anyOf": [holds.schema(), { "type": "null" }] }),
        }
    }
}

fn fit(fields: &[Field], data: &Value) -> bool {
    let Value::Object(data) = data else {
        return false;
    };
    let is_known = |name: &String| fields.iter().any(|field| field.name == name);
    let holds = |field: &Field| {
        data.get(field.name)
            .is_some_and(|value| field.holds.fits(value))
    };
    data.keys().all(is_known) && fields.iter().all(holds)
}

fn object(fields: &[Field]) -> Value {
    let one = |field: &Field| {
        let mut schema = field.holds.schema();
        schema["description"] = json!(field.about);
        (field.name.to_owned(), schema)
    };
    let properties: serde_json::Map<String, Value> = fields.iter().map(one).collect();
    let required: Vec<&str> = fields.iter().map(|field| field.name).collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        kind: FactKind {
            name: "bell.rang",
            version: 2,
            about: "A bell is heard.",
        },
        fields: &[
            Field {
                name: "times",
                holds: Holds::Integer,
                about: "How often.",
            },
            Field {
                name: "by",
                holds: Holds::Maybe(&Holds::OneOf(&["cat", "dog"])),
                about: "Who rang it.",
            },
        ],
    };

    #[test]
    fn data_fits_with_all_fields_of_their_kind_and_no_others() {
        for (data, expected) in [
            (json!({ "times": 1, "by": null }), true),
            (json!({ "times": 1, "by": "cat" }), true),
            (json!({ "times": 1, "by": "cow" }), false),
            (json!({ "times": "1", "by": null }), false),
            (json!({ "times": 1 }), false),
            (json!({ "times": 1, "by": null, "where": "here" }), false),
            (json!([]), false),
        ] {
            assert_eq!(SHAPE.fits(&data), expected, "{data}");
        }
    }

    /// By JSON Schema 2020-12, sections 6.1.1, 6.5.3 and 10.2.1.2.
    #[test]
    fn the_schema_says_what_is_required_and_what_may_be_null() {
        let expected = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "bell.rang v2",
            "description": "A bell is heard.",
            "type": "object",
            "properties": {
                "times": { "type": "integer", "description": "How often." },
                "by": {
                    "anyOf": [{ "type": "string", "enum": ["cat", "dog"] }, { "type": "null" }],
                    "description": "Who rang it.",
                },
            },
            "required": ["times", "by"],
        });
        assert_eq!(SHAPE.schema(), expected);
    }
}
