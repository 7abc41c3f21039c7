//! A chat completion request, read leniently, and what kind of task it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The parts of the request the sandbox looks at.
pub struct ChatRequest {
    /// Model asked for.
    pub model: String,
    /// Send the answer in pieces.
    pub stream: bool,
    /// The caller wants JSON and nothing else.
    pub wants_json: bool,
    messages: Vec<Value>,
}

impl ChatRequest {
    /// Reads the body; the error is the message of a 400.
    pub fn read(body: &Value) -> Result<Self, String> {
        let model = body["model"].as_str().filter(|model| !model.is_empty());
        let messages = body["messages"].as_array().filter(|list| !list.is_empty());
        Ok(Self {
            model: model.ok_or("No models provided")?.to_owned(),
            stream: body["stream"].as_bool().unwrap_or_default(),
            wants_json: matches!(
                body["response_format"]["type"].as_str(),
                Some("json_object" | "json_schema")
            ),
            messages: messages
                .ok_or("Input required: specify \"messages\"")?
                .clone(),
        })
    }

    /// Role and text of every message.
    pub fn texts(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.messages.iter().map(|message| {
            let text = match &message["content"] {
                Value::String(text) => text.clone(),
                Value::Array(parts) => {
                    let texts = parts.iter().filter_map(|part| part["text"].as_str());
                    texts.collect::<Vec<_>>().join("\n")
                }
                _ => String::new(),
            };
            (
                message["role"].as_str().unwrap_or_default().to_owned(),
                text,
            )
        })
    }

    /// Address of the last picture of the last user message, if that message has one.
    pub fn image(&self) -> Option<&str> {
        let last = self
            .messages
            .iter()
            .rfind(|message| message["role"] == "user")?;
        let parts = last["content"].as_array()?;
        let part = parts.iter().rfind(|part| part["type"] == "image_url")?;
        let image = &part["image_url"];
        image["url"].as_str().or(image.as_str()).or(Some(""))
    }

    /// `vision` or `interpretation`.
    pub fn step(&self) -> &'static str {
        if self.image().is_some() {
            "vision"
        } else {
            "interpretation"
        }
    }
}

/// Bytes of a `data:` URL; the error is the message of a 400.
pub fn image_bytes(url: &str) -> Result<Vec<u8>, String> {
    let Some(data) = url.strip_prefix("data:") else {
        return Err("image_url must be a data: URL; this machine fetches nothing".into());
    };
    let (kind, encoded) = data.split_once(',').ok_or("the data: URL has no comma")?;
    if !kind.starts_with("image/") || !kind.ends_with(";base64") {
        return Err("the data: URL must be data:image/<type>;base64,<data>".into());
    }
    STANDARD
        .decode(encoded.trim())
        .map_err(|e| format!("the image is not base64: {e}"))
}
