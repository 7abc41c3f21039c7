//! Anthropic's Messages API.

use serde_json::{Value, json};

use super::{PROMPT, assert_reading, assert_sight, picture, post, schema};
use crate::stage::Stage;

pub const CLAUDE: [(&str, &str); 2] = [("x-api-key", "k"), ("anthropic-version", "2023-06-01")];

pub fn claude(content: Value) -> Value {
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
