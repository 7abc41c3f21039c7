//! Faults in the form of each vendor.

use serde_json::{Value, json};

use super::anthropic::{CLAUDE, claude};
use super::chat::{CHATS, chat};
use super::gemini::{GOOGLE, gemini};
use super::ollama::ollama;
use super::{PROMPT, post};
use crate::stage::Stage;

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
