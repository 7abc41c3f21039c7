//! The other vendors' protocols: as their documentation shows them, each over the same reader.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::stage::{CUP, Stage};

const PROMPT: &str = "Focus area: career\nLanguage: ru\n\nSeen in the cup:\n```json\n\
    {\"is_cup\":true,\"patterns\":[{\"symbol\":\"tree\",\"place\":\"near the rim\",\
    \"shape\":\"large dark shape\",\"confidence\":0.6}]}\n```\n";

fn schema() -> Value {
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

fn picture() -> String {
    STANDARD.encode(CUP)
}

struct Answer {
    status: u16,
    kind: String,
    retry_after: Option<String>,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    /// The JSON of each data line.
    fn events(&self) -> Vec<Value> {
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

async fn post(stage: &Stage, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
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

fn assert_reading(content: &str) {
    assert!(
        content.starts_with("{\"appropriate\":true,\"intro\":"),
        "{content}"
    );
    let reading: Value = serde_json::from_str(content).expect("JSON");
    assert_eq!(reading["sections"][0]["title"], "Дерево у края");
    assert_eq!(reading["sections"][1]["title"], "Совет для работы");
}

fn assert_sight(content: &str) {
    let sight: Value = serde_json::from_str(content).expect("JSON");
    assert_eq!(sight["is_cup"], true);
    assert_eq!(sight["unsafe_content"], "none");
}

// --- OpenAI, Groq, Azure --------------------------------------------------------------------------

fn chat(stream: bool) -> Value {
    let format =
        json!({"type": "json_schema", "json_schema": {"name": "reading", "schema": schema()}});
    json!({
        "model": "gpt-4o-mini", "stream": stream, "response_format": format,
        "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": PROMPT}],
    })
}

const CHATS: [(&str, (&str, &str)); 4] = [
    ("/openai/v1/chat/completions", ("authorization", "Bearer k")),
    (
        "/groq/openai/v1/chat/completions",
        ("authorization", "Bearer k"),
    ),
    (
        "/openai/deployments/eyes/chat/completions?api-version=2024-10-21",
        ("api-key", "k"),
    ),
    (
        "/azure/openai/deployments/eyes/chat/completions?api-version=2024-10-21",
        ("api-key", "k"),
    ),
];

#[tokio::test]
async fn chat_completions_answer_whole_and_in_pieces_alike() {
    let stage = Stage::new().await;
    for (path, key) in CHATS {
        let answer = post(&stage, path, &[key], &chat(false)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let whole = answer.json();
        let content = whole["choices"][0]["message"]["content"]
            .as_str()
            .expect("text");
        assert_reading(content);
        assert_eq!(whole["choices"][0]["finish_reason"], "stop");
        assert!(whole["usage"]["total_tokens"].is_u64() && whole.get("provider").is_none());
        assert!(whole["usage"].get("cost").is_none());
        let stream = post(&stage, path, &[key], &chat(true)).await;
        let events = stream.events();
        let deltas = events
            .iter()
            .filter_map(|e| e["choices"][0]["delta"]["content"].as_str());
        assert_eq!(deltas.collect::<String>(), content);
        let last = events.last().expect("one");
        let told = if path.starts_with("/groq") {
            &last["x_groq"]["usage"]
        } else {
            &last["usage"]
        };
        assert!(told["total_tokens"].is_u64(), "{path}: {last}");
        assert!(stream.text.ends_with("data: [DONE]\n\n"));
    }
}

#[tokio::test]
async fn openai_tells_the_tokens_of_a_stream_only_when_asked() {
    let stage = Stage::new().await;
    let mut body = chat(true);
    body["stream_options"] = Value::Null;
    let (path, key) = CHATS[0];
    let stream = post(&stage, path, &[key], &body).await;
    assert!(!stream.text.contains("usage"), "{}", stream.text);
}

#[tokio::test]
async fn azure_takes_the_deployment_for_the_model_and_wants_key_and_version() {
    let stage = Stage::new().await;
    let path = "/openai/deployments/eyes/chat/completions";
    let answer = post(&stage, path, &[("api-key", "k")], &chat(false)).await;
    assert_eq!(answer.status, 404);
    let dated = format!("{path}?api-version=2024-10-21");
    let answer = post(&stage, &dated, &[], &chat(false)).await;
    assert_eq!(
        (answer.status, &answer.json()["error"]["code"]),
        (401, &json!("401"))
    );
    let answer = post(&stage, &dated, &[("api-key", "k")], &chat(false)).await;
    assert_eq!(answer.json()["model"], "eyes");
}

#[tokio::test]
async fn no_vendor_that_has_keys_answers_without_one() {
    let stage = Stage::new().await;
    let gemini = "/gemini/v1beta/models/flash:generateContent";
    for (path, status) in [
        ("/openai/v1/chat/completions", 401),
        ("/groq/openai/v1/chat/completions", 401),
        ("/anthropic/v1/messages", 401),
        (gemini, 403),
    ] {
        let answer = post(&stage, path, &[], &chat(false)).await;
        assert_eq!(answer.status, status, "{path}");
        let error = &answer.json()["error"];
        assert!(error["message"].is_string(), "{path}: {error}");
    }
}

// --- Anthropic ------------------------------------------------------------------------------------

const CLAUDE: [(&str, &str); 2] = [("x-api-key", "k"), ("anthropic-version", "2023-06-01")];

fn claude(content: Value) -> Value {
    json!({
        "model": "claude-haiku", "max_tokens": 2_000, "system": "Answer as asked.",
        "messages": [{"role": "user", "content": content}],
    })
}

#[tokio::test]
async fn anthropic_reads_with_a_structured_output() {
    let stage = Stage::new().await;
    let mut body = claude(json!([{"type": "text", "text": PROMPT}]));
    body["output_config"] = json!({"format": {"type": "json_schema", "schema": schema()}});
    let answer = post(&stage, "/anthropic/v1/messages", &CLAUDE, &body)
        .await
        .json();
    assert_eq!(
        (&answer["type"], &answer["role"]),
        (&json!("message"), &json!("assistant"))
    );
    assert_eq!(answer["stop_reason"], "end_turn");
    assert_reading(answer["content"][0]["text"].as_str().expect("text"));
    assert!(answer["usage"]["input_tokens"].as_u64() > Some(0));
    assert!(answer["usage"]["output_tokens"].as_u64() > Some(0));
}

#[tokio::test]
async fn anthropic_sees_a_picture_and_fills_a_forced_tool() {
    let stage = Stage::new().await;
    let source = json!({"type": "base64", "media_type": "image/png", "data": picture()});
    let mut body =
        claude(json!([{"type": "image", "source": source}, {"type": "text", "text": "Look."}]));
    let answer = post(&stage, "/anthropic/v1/messages", &CLAUDE, &body)
        .await
        .json();
    assert_sight(answer["content"][0]["text"].as_str().expect("text"));
    body["tools"] = json!([{"name": "report", "input_schema": {"type": "object"}}]);
    body["tool_choice"] = json!({"type": "tool", "name": "report"});
    let answer = post(&stage, "/anthropic/v1/messages", &CLAUDE, &body)
        .await
        .json();
    assert_eq!(answer["stop_reason"], "tool_use");
    let block = &answer["content"][0];
    assert_eq!(
        (&block["type"], &block["name"]),
        (&json!("tool_use"), &json!("report"))
    );
    assert_eq!(block["input"]["is_cup"], true);
    let calls = stage.get("/control/calls?service=ai&method=vision").await;
    assert_eq!(calls["calls"][0]["detail"]["vendor"], "anthropic");
}

#[tokio::test]
async fn anthropic_streams_named_events_in_their_order() {
    let stage = Stage::new().await;
    let mut body = claude(json!(PROMPT));
    body["output_format"] = json!({"type": "json_schema", "schema": schema()});
    body["stream"] = true.into();
    let stream = post(&stage, "/anthropic/v1/messages", &CLAUDE, &body).await;
    let names: Vec<_> = stream
        .text
        .lines()
        .filter_map(|l| l.strip_prefix("event: "))
        .collect();
    let mut order = names.clone();
    order.dedup();
    assert_eq!(
        order,
        [
            "message_start",
            "ping",
            "content_block_start",
            "content_block_delta",
            "content_block_stop",
            "message_delta",
            "message_stop"
        ]
    );
    let events = stream.events();
    assert!(
        events
            .iter()
            .zip(&names)
            .all(|(event, name)| event["type"] == *name)
    );
    let text = events.iter().filter_map(|e| e["delta"]["text"].as_str());
    assert_reading(&text.collect::<String>());
    let delta = &events[events.len() - 2];
    assert_eq!(delta["delta"]["stop_reason"], "end_turn");
    assert!(delta["usage"]["output_tokens"].as_u64() > Some(1));
}

#[tokio::test]
async fn anthropic_wants_a_version_and_a_limit() {
    let stage = Stage::new().await;
    let path = "/anthropic/v1/messages";
    let body = claude(json!("hi"));
    let answer = post(&stage, path, &CLAUDE[..1], &body).await;
    assert_eq!(answer.status, 400);
    let mut unlimited = body;
    unlimited["max_tokens"] = Value::Null;
    let answer = post(&stage, path, &CLAUDE, &unlimited).await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.json()["type"], "error");
    assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
}

// --- Gemini ---------------------------------------------------------------------------------------

const GOOGLE: [(&str, &str); 1] = [("x-goog-api-key", "k")];

fn gemini(parts: Value) -> Value {
    json!({
        "systemInstruction": {"parts": [{"text": "Answer as asked."}]},
        "contents": [{"role": "user", "parts": parts}],
        "generationConfig": {"responseMimeType": "application/json"},
    })
}

#[tokio::test]
async fn gemini_reads_and_sees() {
    let stage = Stage::new().await;
    let path = "/gemini/v1beta/models/gemini-flash:generateContent";
    let mut body = gemini(json!([{"text": PROMPT}]));
    body["generationConfig"]["responseJsonSchema"] = schema();
    let answer = post(&stage, path, &GOOGLE, &body).await.json();
    let candidate = &answer["candidates"][0];
    assert_eq!(
        (&candidate["finishReason"], &answer["modelVersion"]),
        (&json!("STOP"), &json!("gemini-flash"))
    );
    assert_reading(
        candidate["content"]["parts"][0]["text"]
            .as_str()
            .expect("text"),
    );
    let usage = &answer["usageMetadata"];
    let number = |name: &str| usage[name].as_u64().expect("a number");
    assert_eq!(
        number("totalTokenCount"),
        number("promptTokenCount") + number("candidatesTokenCount")
    );
    let data = json!({"mimeType": "image/png", "data": picture()});
    let escaped = path.replace(':', "%3A");
    let body = gemini(json!([{"inlineData": data}, {"text": "Look."}]));
    let answer = post(&stage, &escaped, &GOOGLE, &body).await.json();
    assert_sight(
        answer["candidates"][0]["content"]["parts"][0]["text"]
            .as_str()
            .expect("text"),
    );
}

#[tokio::test]
async fn gemini_streams_events_or_one_list() {
    let stage = Stage::new().await;
    let path = "/gemini/v1beta/models/gemini-flash:streamGenerateContent";
    let mut body = gemini(json!([{"text": PROMPT}]));
    body["generationConfig"]["responseJsonSchema"] = schema();
    let stream = post(&stage, &format!("{path}?alt=sse"), &GOOGLE, &body).await;
    let list = post(&stage, path, &GOOGLE, &body).await.json();
    for events in [stream.events(), list.as_array().expect("a list").clone()] {
        let parts = events
            .iter()
            .map(|e| &e["candidates"][0]["content"]["parts"][0]["text"]);
        assert_reading(&parts.filter_map(Value::as_str).collect::<String>());
        let last = &events.last().expect("one")["candidates"][0];
        assert_eq!(last["finishReason"], "STOP");
    }
}

// --- Ollama ---------------------------------------------------------------------------------------

fn ollama(message: Value) -> Value {
    json!({"model": "llava", "stream": false, "messages": [message]})
}

#[tokio::test]
async fn ollama_reads_sees_and_streams_lines() {
    let stage = Stage::new().await;
    let path = "/ollama/api/chat";
    let mut body = ollama(json!({"role": "user", "content": PROMPT}));
    body["format"] = schema();
    let answer = post(&stage, path, &[], &body).await.json();
    let content = answer["message"]["content"].as_str().expect("text");
    assert_reading(content);
    assert_eq!(
        (&answer["done"], &answer["done_reason"]),
        (&json!(true), &json!("stop"))
    );
    assert!(answer["prompt_eval_count"].is_u64() && answer["eval_count"].is_u64());
    body["stream"] = Value::Null;
    let stream = post(&stage, path, &[], &body).await;
    assert_eq!(stream.kind, "application/x-ndjson");
    let lines: Vec<Value> = stream
        .text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let pieces = lines
        .iter()
        .filter_map(|line| line["message"]["content"].as_str());
    assert_eq!(pieces.collect::<String>(), content);
    let (last, rest) = lines.split_last().expect("some");
    assert!(last["done"] == true && rest.iter().all(|line| line["done"] == false));
    let seen = ollama(json!({"role": "user", "content": "Look.", "images": [picture()]}));
    let answer = post(&stage, path, &[], &seen).await.json();
    assert_sight(answer["message"]["content"].as_str().expect("text"));
}

// --- Faults ---------------------------------------------------------------------------------------

type Headers = Vec<(&'static str, &'static str)>;

/// Address, headers, and a streaming body of each vendor.
fn all() -> Vec<(&'static str, Headers, Value)> {
    let mut anthropic = claude(json!(PROMPT));
    anthropic["stream"] = true.into();
    let mut lines = ollama(json!({"role": "user", "content": PROMPT}));
    lines["stream"] = true.into();
    let google = "/gemini/v1beta/models/flash:streamGenerateContent?alt=sse";
    let mut all: Vec<_> = CHATS
        .iter()
        .map(|(path, key)| (*path, vec![*key], chat(true)))
        .collect();
    all.push(("/anthropic/v1/messages", CLAUDE.to_vec(), anthropic));
    all.push((google, GOOGLE.to_vec(), gemini(json!([{"text": PROMPT}]))));
    all.push(("/ollama/api/chat", Vec::new(), lines));
    all
}

#[tokio::test]
async fn each_vendor_limits_and_fails_in_its_own_form() {
    let stage = Stage::new().await;
    for (path, headers, body) in all() {
        stage
            .faults(json!({"ai": {"rate_limit": {"retry_after": 4}}}))
            .await;
        let limited = post(&stage, path, &headers, &body).await;
        assert_eq!(limited.status, 429, "{path}");
        assert_eq!(limited.retry_after.as_deref(), Some("4"), "{path}");
        assert!(!limited.json()["error"].is_null(), "{path}");
        stage
            .faults(json!({"ai": {"error_rate": 1.0, "status": 503}}))
            .await;
        let failed = post(&stage, path, &headers, &body).await;
        assert_eq!(failed.status, 503, "{path}");
        assert!(!failed.json()["error"].is_null(), "{path}");
    }
}

#[tokio::test]
async fn each_vendor_breaks_a_stream_with_its_own_error() {
    let stage = Stage::new().await;
    for (path, headers, body) in all() {
        stage.faults(json!({"ai": {"error_in_stream": true}})).await;
        let broken = post(&stage, path, &headers, &body).await;
        assert_eq!(broken.status, 200);
        let last = broken
            .text
            .trim_end()
            .lines()
            .last()
            .expect("a line")
            .to_owned();
        let last = last.strip_prefix("data: ").unwrap_or(&last);
        let last: Value = serde_json::from_str(last).expect("JSON");
        assert!(!last["error"].is_null(), "{path}: {last}");
    }
}

#[tokio::test]
async fn each_vendor_tells_a_refusal_and_a_cut_in_its_own_words() {
    let stage = Stage::new().await;
    for (fault, words) in [
        (
            json!({"refuse": true}),
            ["refusal", "PROHIBITED_CONTENT", "I'm sorry"],
        ),
        (
            json!({"half_json": true}),
            ["length", "max_tokens", "MAX_TOKENS"],
        ),
    ] {
        stage.faults(json!({"ai": fault})).await;
        for (path, headers, body) in all() {
            let answer = post(&stage, path, &headers, &body).await;
            assert!(
                words.iter().any(|word| answer.text.contains(word)),
                "{path}: {}",
                answer.text
            );
        }
    }
}

#[tokio::test]
async fn an_unknown_method_of_a_model_is_not_found() {
    let stage = Stage::new().await;
    let path = "/gemini/v1beta/models/flash:countTokens";
    assert_eq!(post(&stage, path, &GOOGLE, &json!({})).await.status, 404);
}
