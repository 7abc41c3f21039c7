//! Sentry: what a program sends to it can be read.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::stage::Stage;

const KEY: &str = "Sentry sentry_key=0123, sentry_version=7";

/// The example of the documentation of envelopes, without its attachment.
const ENVELOPE: &str = "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n\
    {\"type\":\"event\",\"length\":41}\n\
    {\"message\":\"hello world\",\"level\":\"error\"}\n\
    {\"type\":\"session\"}\n\
    {\"started\":\"2020-02-07T14:16:00Z\"}\n";

async fn send(stage: &Stage, body: Vec<u8>, key: Option<&str>, packed: bool) -> u16 {
    let mut call = stage.client.post(stage.url("/sentry/api/1/envelope/"));
    if let Some(key) = key {
        call = call.header("X-Sentry-Auth", key);
    }
    if packed {
        call = call.header("Content-Encoding", "gzip");
    }
    let answer = call.body(body).send().await.expect("an answer");
    answer.status().as_u16()
}

async fn items(stage: &Stage) -> Vec<Value> {
    let url = stage.url("/control/calls?service=sentry");
    let answer = stage.client.get(url).send().await.expect("an answer");
    let report: Value = answer.json().await.expect("JSON");
    let calls = report["calls"].as_array().cloned().unwrap_or_default();
    calls
        .iter()
        .map(|call| call["detail"]["items"].clone())
        .collect()
}

fn expected() -> Value {
    json!([
        { "type": "event", "payload": { "message": "hello world", "level": "error" } },
        { "type": "session", "payload": { "started": "2020-02-07T14:16:00Z" } },
    ])
}

#[tokio::test]
async fn an_envelope_is_taken_apart_packed_or_not() {
    let stage = Stage::new().await;
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(ENVELOPE.as_bytes()).expect("in memory");
    let packed = packed.finish().expect("in memory");
    assert_eq!(send(&stage, ENVELOPE.into(), Some(KEY), false).await, 200);
    assert_eq!(send(&stage, packed, Some(KEY), true).await, 200);
    assert_eq!(items(&stage).await, [expected(), expected()]);
}

#[tokio::test]
async fn without_a_key_or_in_another_form_it_is_refused() {
    let stage = Stage::new().await;
    assert_eq!(send(&stage, ENVELOPE.into(), None, false).await, 403);
    let cut = ENVELOPE[..100].into();
    assert_eq!(send(&stage, cut, Some(KEY), false).await, 400);
}
