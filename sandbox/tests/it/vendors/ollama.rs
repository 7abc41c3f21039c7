//! Ollama's chat.

use serde_json::{Value, json};

use super::{PROMPT, assert_reading, assert_sight, picture, post, schema};
use crate::stage::Stage;

pub fn ollama(message: Value) -> Value {
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
