//! Replies in the form of OpenAI's chat completions, which four vendors use.
//!
//! Source: <https://platform.openai.com/docs/api-reference/chat/object> and
//! <https://platform.openai.com/docs/api-reference/chat-streaming/streaming>.

use serde_json::{Value, json};

use super::{TEXT, events};

/// A completion around `content`.
pub fn completion(content: &str, finish: &str) -> Value {
    json!({
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "object": "chat.completion",
        "created": 1_741_569_952,
        "model": "example/writes-2",
        "choices": [{
            "index": 0,
            "message": {
                "role": "assistant",
                "content": content,
                "refusal": null,
                "annotations": [],
            },
            "logprobs": null,
            "finish_reason": finish,
        }],
        "usage": usage(),
        "service_tier": "default",
    })
}

/// Cached and reasoning tokens are parts of the sums.
pub fn usage() -> Value {
    json!({
        "prompt_tokens": 31,
        "completion_tokens": 11,
        "total_tokens": 42,
        "prompt_tokens_details": { "cached_tokens": 20, "audio_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 4, "audio_tokens": 0 },
    })
}

pub fn whole() -> Value {
    completion(TEXT, "stop")
}

/// The limit is reached in the middle of the JSON.
pub fn cut() -> Value {
    completion(r#"{"text":"Lo"#, "length")
}

/// A model refuses in the field `refusal`.
pub fn refused() -> Value {
    let mut body = completion("", "stop");
    body["choices"][0]["message"]["content"].take();
    body["choices"][0]["message"]["refusal"] =
        json!("I'm sorry, I cannot assist with that request.");
    body
}

pub fn chunk(delta: Value, finish: Option<&str>) -> Value {
    json!({
        "id": "chatcmpl-123",
        "object": "chat.completion.chunk",
        "created": 1_694_268_190,
        "model": "example/writes-2",
        "system_fingerprint": "fp_44709d6fcb",
        "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }],
        "usage": null,
    })
}

/// Up to the second piece.
pub fn begun() -> Vec<Value> {
    vec![
        chunk(json!({ "role": "assistant", "content": "" }), None),
        chunk(json!({ "content": r#"{"te"# }), None),
        chunk(json!({ "content": r#"xt":"Lo"# }), None),
    ]
}

/// The last chunk, which has no choices.
pub fn last(usage: Value) -> Value {
    let mut chunk = chunk(json!({}), None);
    chunk["choices"] = json!([]);
    chunk["usage"] = usage;
    chunk
}

pub fn stream(chunks: impl IntoIterator<Item = Value>) -> String {
    events(chunks.into_iter().map(|chunk| ("", chunk)))
}

pub fn done(chunks: impl IntoIterator<Item = Value>) -> String {
    stream(chunks) + "data: [DONE]\n\n"
}

/// The whole stream.
pub fn complete(usage: Value) -> String {
    let rest = [
        chunk(json!({ "content": r#"ve."}"# }), None),
        chunk(json!({}), Some("stop")),
        last(usage),
    ];
    done(begun().into_iter().chain(rest))
}

/// One that ends for that reason after the second piece.
pub fn ended(reason: &str) -> String {
    done(
        begun()
            .into_iter()
            .chain([chunk(json!({}), Some(reason)), last(usage())]),
    )
}

/// The messages of `conversation()`.
pub fn messages() -> Value {
    let url = format!("data:image/jpeg;base64,{}", super::JPEG_BASE64);
    json!([
        { "role": "system", "content": "You read coffee cups." },
        { "role": "user", "content": "Look." },
        { "role": "assistant", "content": "I see." },
        { "role": "user", "content": [
            { "type": "text", "text": "And now?" },
            { "type": "image_url", "image_url": { "url": url } },
        ]},
    ])
}

pub fn format() -> Value {
    json!({
        "type": "json_schema",
        "json_schema": { "name": "reading", "strict": true, "schema": super::schema() },
    })
}
