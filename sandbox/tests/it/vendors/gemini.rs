//! Google's Gemini API.

use serde_json::{Value, json};

use super::{PROMPT, assert_reading, assert_sight, picture, post, schema};
use crate::stage::Stage;

pub const GOOGLE: [(&str, &str); 1] = [("x-goog-api-key", "k")];

pub fn gemini(parts: Value) -> Value {
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
