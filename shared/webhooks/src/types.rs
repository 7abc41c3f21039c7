//! The events that customers can be told of. What is not in this list stays inside.

use serde_json::{Map, Value, json};

use crate::facts::{Disabled, Tested};
use events::Fact;

/// A type of events.
#[derive(Clone, Copy, Debug)]
pub struct EventType {
    /// The name of its fact.
    pub name: &'static str,
    /// That of its data.
    pub version: i16,
    /// When it happens.
    pub about: &'static str,
    /// The fields of its data: the name, the type in JSON Schema (`?`: or null), and what it says.
    pub fields: &'static [(&'static str, &'static str, &'static str)],
    /// Whether it can be subscribed to: the event of a test comes only where the test was asked for.
    pub is_offered: bool,
}

/// All of them.
pub const TYPES: &[EventType] = &[
    EventType {
        name: "reading.created",
        version: 1,
        about: "A reading is accepted.",
        fields: &[
            ("reading", "uuid", "Its id: GET /v1/analyses/{id}."),
            ("input_type", "string", "What it is made of."),
            ("focus_area", "string", "What it is about."),
            (
                "in_chat",
                "boolean",
                "Whether it was asked for in the bot's chat.",
            ),
        ],
        is_offered: true,
    },
    EventType {
        name: "reading.ended",
        version: 1,
        about: "A reading is complete, has failed or is cancelled.",
        fields: &[
            ("reading", "uuid", "Its id: GET /v1/analyses/{id}."),
            ("state", "string", "Its status."),
            ("code", "string?", "The error code, if it has failed."),
            (
                "duration_ms",
                "integer",
                "How long it took, in milliseconds.",
            ),
            ("unit", "boolean", "Whether it has cost a unit of the plan."),
        ],
        is_offered: true,
    },
    EventType {
        name: "payment.moved",
        version: 1,
        about: "A payment has another status.",
        fields: &[
            ("payment", "uuid", "Its id: GET /v1/payments/{id}."),
            ("from", "string", "The status before."),
            ("to", "string", "The status now."),
            ("amount", "integer", "In the smallest unit of the currency."),
            ("currency", "string", "By ISO 4217; XTR for Telegram Stars."),
            ("provider", "string", "Who takes the money."),
            ("tier", "string", "The plan that it is for."),
        ],
        is_offered: true,
    },
    EventType {
        name: "plan.changed",
        version: 1,
        about: "The account has another plan.",
        fields: &[
            ("from", "string", "The tier before."),
            ("to", "string", "The tier now."),
            ("why", "string", "What has changed it."),
        ],
        is_offered: true,
    },
    EventType {
        name: "key.used",
        version: 1,
        about: "An API key is used for the first time on a day, by UTC.",
        fields: &[("key", "uuid", "Its id: GET /v1/api-keys/{key}.")],
        is_offered: true,
    },
    EventType {
        name: Disabled::KIND.name,
        version: Disabled::KIND.version,
        about: "An endpoint was switched off, because it answered 410, or has taken nothing for five days.",
        fields: &[
            ("endpoint", "uuid", "Its id."),
            ("why", "string", "gone, or failing."),
        ],
        is_offered: true,
    },
    EventType {
        name: Tested::KIND.name,
        version: Tested::KIND.version,
        about: "A test was asked for. It comes to that endpoint alone.",
        fields: &[("endpoint", "uuid", "Its id.")],
        is_offered: false,
    },
];

/// Whether an endpoint can subscribe to events of this name.
pub fn is_offered(name: &str) -> bool {
    TYPES.iter().any(|one| one.name == name && one.is_offered)
}

impl EventType {
    /// The JSON Schema (draft 2020-12) of its data. Fields may be added without a new version.
    pub fn schema(&self) -> Value {
        let properties: Map<String, Value> = self
            .fields
            .iter()
            .map(|(name, kind, about)| ((*name).to_owned(), property(kind, about)))
            .collect();
        let required: Vec<&str> = self.fields.iter().map(|(name, ..)| *name).collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object", "properties": properties, "required": required,
        })
    }
}

fn property(kind: &str, about: &str) -> Value {
    match (kind, kind.strip_suffix('?')) {
        ("uuid", _) => json!({ "type": "string", "format": "uuid", "description": about }),
        (_, Some(kind)) => json!({ "type": [kind, "null"], "description": about }),
        (kind, None) => json!({ "type": kind, "description": about }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_a_type_names_each_field_with_what_it_says() {
        let ended = TYPES.iter().find(|one| one.name == "reading.ended");
        let schema = ended.expect("it is in the list").schema();
        assert_eq!(schema["properties"]["reading"]["format"], "uuid");
        assert_eq!(
            schema["properties"]["code"]["type"],
            json!(["string", "null"])
        );
        assert_eq!(schema["required"].as_array().map(Vec::len), Some(5));
    }

    #[test]
    fn the_event_of_a_test_cannot_be_subscribed_to() {
        assert!(is_offered("reading.ended"));
        assert!(!is_offered("webhook.tested"));
        assert!(!is_offered("person.created"));
    }
}
