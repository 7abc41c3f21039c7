//! Answers that are spoilt on demand, and the pace of a stream.

use std::time::{Duration, Instant};

use sandbox::Config;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::stage::Stage;

const PROMPT: &str = r#"```json reading-request
{"language":"en","focus":"career","vision":{"is_cup":true,"patterns":[{"symbol":"tree","place":"near the rim"}]}}
```"#;

fn question(stream: bool) -> Value {
    let message = json!([{"role": "user", "content": PROMPT}]);
    json!({"model": "m", "stream": stream, "messages": message})
}

async fn ask(stage: &Stage, body: &Value) -> reqwest::Response {
    let request = stage
        .client
        .post(stage.url("/openrouter/api/v1/chat/completions"));
    let request = request.bearer_auth("any").json(body);
    request.send().await.expect("an answer")
}

async fn whole(stage: &Stage, fault: Value) -> Value {
    stage.faults(json!({"ai": fault})).await;
    let answer = ask(stage, &question(false)).await;
    assert_eq!(answer.status(), 200);
    answer.json().await.expect("JSON")
}

#[tokio::test]
async fn a_stream_breaks_where_the_plan_says() {
    let stage = Stage::new().await;
    stage.faults(json!({"ai": {"cut_stream_after": 4}})).await;
    let mut answer = ask(&stage, &question(true)).await;
    let mut text = String::new();
    let broke = loop {
        match answer.chunk().await {
            Ok(Some(bytes)) => text.push_str(&String::from_utf8_lossy(&bytes)),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(broke, "ended well: {text}");
    assert_eq!(text.matches("\n\n").count(), 4, "{text}");
    let calls = stage.get("/control/calls?service=ai").await;
    assert_eq!(calls["calls"][0]["fault"], "cut_stream_after");
}

#[tokio::test]
async fn a_stream_ends_in_an_error_event() {
    let stage = Stage::new().await;
    stage
        .faults(json!({"ai": {"error_in_stream": true, "times": 1}}))
        .await;
    let text = ask(&stage, &question(true))
        .await
        .text()
        .await
        .expect("text");
    let last = text
        .lines()
        .rfind(|line| line.starts_with("data: "))
        .expect("data");
    let last: Value = serde_json::from_str(&last["data: ".len()..]).expect("JSON");
    assert_eq!(last["error"]["code"], "server_error");
    assert_eq!(last["choices"][0]["finish_reason"], "error");
    assert!(!text.contains("[DONE]"));
    let healthy = ask(&stage, &question(true))
        .await
        .text()
        .await
        .expect("text");
    assert!(healthy.ends_with("data: [DONE]\n\n"), "used up");
}

#[tokio::test]
async fn a_200_may_hold_an_error() {
    let stage = Stage::new().await;
    let answer = whole(&stage, json!({"error_in_200": true})).await;
    assert_eq!(answer["error"]["code"], 502);
    assert!(answer["choices"].is_null());
}

#[tokio::test]
async fn content_may_stop_in_the_middle() {
    let stage = Stage::new().await;
    let answer = whole(&stage, json!({"half_json": true})).await;
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "length");
    let content = choice["message"]["content"].as_str().expect("text");
    assert!(content.starts_with('{') && serde_json::from_str::<Value>(content).is_err());
}

#[tokio::test]
async fn tokens_may_stay_untold() {
    let stage = Stage::new().await;
    let answer = whole(&stage, json!({"no_usage": true})).await;
    assert!(answer.get("usage").is_none(), "{answer}");
    assert!(answer["choices"][0]["message"]["content"].is_string());
    let text = ask(&stage, &question(true))
        .await
        .text()
        .await
        .expect("text");
    assert!(!text.contains("usage"), "{text}");
}

#[tokio::test]
async fn a_model_may_refuse() {
    let stage = Stage::new().await;
    let answer = whole(&stage, json!({"refuse": true})).await;
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "content_filter");
    assert!(choice["message"]["refusal"].is_string() && choice["message"]["content"].is_null());
}

#[tokio::test]
async fn only_the_ai_can_be_spoilt() {
    let stage = Stage::new().await;
    let plan = json!({"telegram": {"refuse": true}});
    let (status, answer) = stage.send("PUT", "/control/faults", plan).await;
    assert_eq!(status, 400);
    let why = answer["error"].as_str().expect("a sentence");
    assert!(why.contains("only the answers of the AI"), "{why}");
}

#[tokio::test]
async fn a_stream_keeps_its_pace() {
    let dir = TempDir::new().expect("a folder");
    let config = Config {
        data_dir: dir.path().to_path_buf(),
        stream_pace: Duration::from_millis(20),
        ..Config::default()
    };
    let sandbox = sandbox::start(config).await.expect("starts");
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client");
    let begin = Instant::now();
    let url = format!("{}/openrouter/api/v1/chat/completions", sandbox.url());
    let request = client.post(url).bearer_auth("any").json(&question(true));
    let text = request
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("text");
    let frames = text.matches("\n\n").count();
    let least = Duration::from_millis(20) * u32::try_from(frames - 1).expect("few");
    assert!(
        begin.elapsed() >= least,
        "{frames} in {:?}",
        begin.elapsed()
    );
}
