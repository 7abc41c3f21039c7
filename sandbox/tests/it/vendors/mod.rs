//! The other vendors' protocols: as their documentation shows them, each over the same reader.

mod anthropic;
mod chat;
mod faults;
mod gemini;
mod ollama;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::stage::{CUP, Stage};

pub const PROMPT: &str = r#"```json reading-request
{"language":"ru","focus":"career","vision":{"is_cup":true,"patterns":[{"symbol":"tree","place":"near the rim","shape":"large dark shape","confidence":0.6}]}}
```"#;

pub fn schema() -> Value {
    let text = json!({"type": "string"});
    let section = json!({"type": "object", "properties": {"title": text, "content": text}});
    json!({
        "type": "object", "additionalProperties": false,
        "required": ["appropriate", "intro", "sections"],
        "properties": {
            "appropriate": {"type": "boolean"}, "intro": text,
            "sections": {"type": "array", "items": section},
        },
    })
}

pub fn picture() -> String {
    STANDARD.encode(CUP)
}

pub struct Answer {
    pub status: u16,
    pub kind: String,
    pub retry_after: Option<String>,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// The JSON of each data line.
    pub fn events(&self) -> Vec<Value> {
        assert_eq!(self.kind, "text/event-stream", "{}", self.text);
        let lines = self
            .text
            .lines()
            .filter_map(|line| line.strip_prefix("data: "));
        lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }
}

pub async fn post(stage: &Stage, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let mut request = stage.client.post(stage.url(path)).json(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.expect("an answer");
    let header = |name: &str| {
        let value = response.headers().get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    Answer {
        status: response.status().as_u16(),
        kind: header("content-type").unwrap_or_default(),
        retry_after: header("retry-after"),
        text: response.text().await.expect("text"),
    }
}

pub fn assert_reading(content: &str) {
    assert!(
        content.starts_with("{\"appropriate\":true,\"intro\":"),
        "{content}"
    );
    let reading: Value = serde_json::from_str(content).expect("JSON");
    assert_eq!(reading["sections"][0]["title"], "Дерево у края");
    assert_eq!(reading["sections"][1]["title"], "Совет для работы");
}

pub fn assert_sight(content: &str) {
    let sight: Value = serde_json::from_str(content).expect("JSON");
    assert_eq!(sight["is_cup"], true);
    assert_eq!(sight["unsafe_content"], "none");
}
