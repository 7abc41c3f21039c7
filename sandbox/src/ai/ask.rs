//! A request to the AI, whatever protocol it came by.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// What is asked.
#[derive(Debug, Default)]
pub struct Ask {
    /// Model asked for.
    pub model: String,
    /// Send the answer in pieces.
    pub stream: bool,
    /// The caller wants JSON and nothing else.
    pub wants_json: bool,
    /// JSON schema of the answer, if one was given.
    pub schema: Value,
    /// The caller has to ask for the tokens of a stream (OpenAI).
    pub wants_usage: bool,
    /// The answer is to be the input of this tool (Anthropic).
    pub tool: Option<String>,
    /// Role and text of every message.
    pub texts: Vec<(String, String)>,
    /// The last picture of all user messages; the error is the message of a 400.
    pub image: Option<Result<Vec<u8>, String>>,
}

impl Ask {
    /// `vision` or `interpretation`.
    pub fn step(&self) -> &'static str {
        if self.image.is_some() {
            "vision"
        } else {
            "interpretation"
        }
    }

    /// Whether the schema has a field of that name.
    pub fn has_field(&self, name: &str) -> bool {
        self.schema["properties"].get(name).is_some()
    }

    /// Whether the schema forbids fields it does not name.
    pub fn is_closed(&self) -> bool {
        self.schema["additionalProperties"] == false && self.schema["properties"].is_object()
    }
}

/// Text of a content that is a string, or a list of parts with a `text`.
pub fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// Bytes of base64; the error is the message of a 400.
pub fn unpacked(encoded: &str) -> Result<Vec<u8>, String> {
    STANDARD
        .decode(encoded.trim())
        .map_err(|e| format!("the image is not base64: {e}"))
}

/// A required text field of a body.
pub fn required<'a>(body: &'a Value, name: &str, why: &str) -> Result<&'a str, String> {
    let value = body[name].as_str().filter(|value| !value.is_empty());
    value.ok_or_else(|| why.to_owned())
}

/// A required list of a body.
pub fn list<'a>(body: &'a Value, name: &str, why: &str) -> Result<&'a Vec<Value>, String> {
    let list = body[name].as_array().filter(|list| !list.is_empty());
    list.ok_or_else(|| why.to_owned())
}
