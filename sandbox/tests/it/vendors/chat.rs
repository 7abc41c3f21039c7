//! Chat completions: OpenAI, Groq, Azure.

use serde_json::{Value, json};

use super::{PROMPT, assert_reading, post, schema};
use crate::stage::Stage;

pub fn chat(stream: bool) -> Value {
    let format =
        json!({"type": "json_schema", "json_schema": {"name": "reading", "schema": schema()}});
    json!({
        "model": "gpt-4o-mini", "stream": stream, "response_format": format,
        "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": PROMPT}],
    })
}

pub const CHATS: [(&str, (&str, &str)); 3] = [
    ("/openai/v1/chat/completions", ("authorization", "Bearer k")),
    (
        "/groq/openai/v1/chat/completions",
        ("authorization", "Bearer k"),
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
    let path = "/azure/openai/deployments/eyes/chat/completions";
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

/// It reads no prose, so it does not guess what a prompt wants.
#[tokio::test]
async fn json_without_a_block_to_make_it_from_is_refused() {
    let stage = Stage::new().await;
    let broken = "```json reading-request\n{\"language\": \"fr\", \"focus\": \"career\"}\n```";
    for (prompt, why) in [
        ("Focus area: career\nLanguage: ru", "reading-request"),
        (broken, "fr"),
    ] {
        let mut body = chat(false);
        body["messages"][0]["content"] = prompt.into();
        for (path, key) in CHATS {
            let answer = post(&stage, path, &[key], &body).await;
            assert_eq!(answer.status, 400, "{path}: {}", answer.text);
            let error = answer.json()["error"]["message"].clone();
            assert!(error.as_str().is_some_and(|it| it.contains(why)), "{error}");
        }
    }
}
