//! Anthropic.
//!
//! Sources: <https://platform.claude.com/docs/en/api/messages>,
//! <https://platform.claude.com/docs/en/build-with-claude/streaming>,
//! <https://platform.claude.com/docs/en/build-with-claude/structured-outputs>,
//! <https://platform.claude.com/docs/en/api/errors> and `anthropic-sdk-python`, `src/anthropic/types`.

use serde_json::{Value, json};
use vendors::ProviderErrorKind::{Auth, TooLong};
use vendors::ai::{Finish, Vendor};

use super::{JPEG_BASE64, KEY, Speech, TEXT, ask, call, conversation, events, request};
use testkit::stub::Reply;

/// What comes from a cache, and goes into one, is counted apart: 31 in all.
fn usage(output: u32) -> Value {
    json!({
        "input_tokens": 6,
        "cache_creation_input_tokens": 5,
        "cache_read_input_tokens": 20,
        "output_tokens": output,
        "service_tier": "standard",
    })
}

fn message(text: &str, stop_reason: &str) -> Value {
    json!({
        "id": "msg_013Zva2CMHLNnjNjJJKqJ2EF",
        "type": "message",
        "role": "assistant",
        "model": "claude-example-20260101",
        "content": [{ "type": "text", "text": text }],
        "stop_reason": stop_reason,
        "stop_sequence": null,
        "usage": usage(11),
    })
}

fn error(kind: &str, message: &str) -> Value {
    json!({
        "type": "error",
        "error": { "type": kind, "message": message },
        "request_id": "req_011CSHoEeqs5C35K2UUqR7Fy",
    })
}

fn begun() -> Vec<(&'static str, Value)> {
    let mut start = message("", "");
    start["content"] = json!([]);
    start["stop_reason"] = Value::Null;
    // As in their example: the first number of output tokens is far from the last one.
    start["usage"] = usage(1);
    let block = json!({ "type": "text", "text": "" });
    vec![
        (
            "message_start",
            json!({ "type": "message_start", "message": start }),
        ),
        (
            "content_block_start",
            json!({ "type": "content_block_start", "index": 0, "content_block": block }),
        ),
        ("ping", json!({ "type": "ping" })),
        delta(r#"{"te"#),
        delta(r#"xt":"Lo"#),
    ]
}

fn delta(text: &str) -> (&'static str, Value) {
    let delta = json!({ "type": "text_delta", "text": text });
    let event = json!({ "type": "content_block_delta", "index": 0, "delta": delta });
    ("content_block_delta", event)
}

fn end(stop_reason: &str) -> Vec<(&'static str, Value)> {
    let delta = json!({ "stop_reason": stop_reason, "stop_sequence": null });
    let usage = json!({ "output_tokens": 11 });
    vec![
        (
            "content_block_stop",
            json!({ "type": "content_block_stop", "index": 0 }),
        ),
        (
            "message_delta",
            json!({ "type": "message_delta", "delta": delta, "usage": usage }),
        ),
        ("message_stop", json!({ "type": "message_stop" })),
    ]
}

pub fn speech() -> Speech {
    let overloaded = error("overloaded_error", "Overloaded");
    let complete = begun()
        .into_iter()
        .chain([delta(r#"ve."}"#)])
        .chain(end("end_turn"));
    Speech {
        vendor: Vendor::Anthropic,
        model: "claude-example",
        answers_as: "claude-example-20260101",
        cost_micro_usd: None,
        whole: message(TEXT, "end_turn"),
        usage: "usage",
        cut: message(r#"{"text":"Lo"#, "max_tokens"),
        refused: message("", "refusal"),
        content_type: "text/event-stream; charset=utf-8",
        stream: events(complete),
        stream_begun: events(begun()),
        stream_cut: events(begun().into_iter().chain(end("max_tokens"))),
        stream_refused: events(begun().into_iter().chain(end("refusal"))),
        stream_overloaded: events([("error", overloaded.clone())]),
        overloaded: overloaded.clone(),
        rate_limited: (
            429,
            error(
                "rate_limit_error",
                "This request would exceed your organization's rate limit of 50 requests per minute.",
            ),
        ),
        unauthorized: (401, error("authentication_error", "invalid x-api-key")),
        too_long: (
            400,
            error(
                "invalid_request_error",
                "prompt is too long: 208310 tokens > 200000 maximum",
            ),
        ),
        filtered: Some((
            400,
            error(
                "invalid_request_error",
                "Output blocked by content filtering policy",
            ),
        )),
        broken: (529, overloaded),
    }
}

#[tokio::test]
async fn it_is_asked_as_it_documents() -> anyhow::Result<()> {
    let speech = speech();
    let call = call("claude-example", conversation());
    let reply = Reply::json(200, &speech.whole);
    let received = ask(Vendor::Anthropic, reply, call.clone(), false)
        .await?
        .received;
    assert_eq!(received.line(), "POST /v1/messages");
    assert_eq!(received.header("x-api-key"), KEY);
    assert_eq!(received.header("anthropic-version"), "2026-10-21");
    assert_eq!(received.header("authorization"), "");
    let source = json!({ "type": "base64", "media_type": "image/jpeg", "data": JPEG_BASE64 });
    let mut body = json!({
        "model": "claude-example",
        "max_tokens": 800,
        "system": "You read coffee cups.",
        "messages": [
            { "role": "user", "content": [{ "type": "text", "text": "Look." }] },
            { "role": "assistant", "content": [{ "type": "text", "text": "I see." }] },
            { "role": "user", "content": [
                { "type": "image", "source": source },
                { "type": "text", "text": "And now?" },
            ]},
        ],
        "output_config": { "format": { "type": "json_schema", "schema": super::schema() } },
    });
    assert_eq!(received.json()?, body);

    let reply = speech.streamed(&*speech.stream);
    let received = ask(Vendor::Anthropic, reply, call, true).await?.received;
    body["stream"] = json!(true);
    assert_eq!(received.json()?, body);
    Ok(())
}

#[tokio::test]
async fn thoughts_are_no_part_of_the_answer() -> anyhow::Result<()> {
    let mut thinking = message(TEXT, "end_turn");
    let thought = json!({ "type": "thinking", "thinking": "A heart...", "signature": "EqQ=" });
    thinking["content"] = json!([thought, { "type": "text", "text": TEXT }]);
    let outcome = ask(
        Vendor::Anthropic,
        Reply::json(200, &thinking),
        call("m", request()),
        false,
    );
    assert_eq!(outcome.await?.result?.text, TEXT);

    let thought = json!({ "type": "thinking_delta", "thinking": "A heart..." });
    let event = json!({ "type": "content_block_delta", "index": 0, "delta": thought });
    let all = begun()
        .into_iter()
        .chain([("content_block_delta", event), delta(r#"ve."}"#)]);
    let stream = events(all.chain(end("end_turn")));
    let outcome = ask(
        Vendor::Anthropic,
        speech().streamed(stream),
        call("m", request()),
        true,
    )
    .await?;
    assert_eq!(outcome.result?.text, TEXT);
    Ok(())
}

/// The number of the beginning must not be taken for that of the end.
#[tokio::test]
async fn a_stream_whose_last_event_has_no_tokens_has_none() -> anyhow::Result<()> {
    let mut events_ = begun();
    events_.extend(end("end_turn"));
    let at = events_.len() - 2;
    events_[at].1["usage"].take();
    let outcome = ask(
        Vendor::Anthropic,
        speech().streamed(events(events_)),
        call("m", request()),
        true,
    );
    assert_eq!(outcome.await?.result?.usage, None);
    Ok(())
}

/// <https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons>
#[tokio::test]
async fn a_full_context_window_cuts_the_answer() -> anyhow::Result<()> {
    let body = message(r#"{"text":"Lo"#, "model_context_window_exceeded");
    let outcome = ask(
        Vendor::Anthropic,
        Reply::json(200, &body),
        call("m", request()),
        false,
    )
    .await?;
    assert_eq!(outcome.result?.finish, Finish::Length);
    Ok(())
}

#[tokio::test]
async fn a_billing_error_is_for_an_operator_and_a_request_of_32_mb_is_too_long()
-> anyhow::Result<()> {
    let low = "Your credit balance is too low to access the Anthropic API. Please go to Plans & \
        Billing to upgrade or purchase credits.";
    for (status, kind, message, expected) in [
        (400, "invalid_request_error", low, Auth),
        (
            402,
            "billing_error",
            "There's an issue with your payment information.",
            Auth,
        ),
        (
            413,
            "request_too_large",
            "Request exceeds the maximum allowed number of bytes.",
            TooLong,
        ),
    ] {
        let reply = Reply::json(status, &error(kind, message));
        let outcome = ask(Vendor::Anthropic, reply, call("m", request()), false).await?;
        assert_eq!(
            crate::failure(outcome.result, &[KEY])?,
            expected,
            "{message}"
        );
    }
    Ok(())
}
