//! Google's Gemini API.
//!
//! Sources: <https://ai.google.dev/api/generate-content>,
//! <https://ai.google.dev/gemini-api/docs/structured-output>,
//! <https://ai.google.dev/gemini-api/docs/troubleshooting>, `python-genai`, `google/genai/types.py`, and
//! for the words of errors <https://github.com/google-gemini/gemini-cli/issues/5807>.

use std::time::Duration;

use serde_json::{Value, json};
use vendors::ProviderErrorKind::{Auth, Protocol, RateLimited};
use vendors::ai::{Finish, Vendor};

use super::{JPEG_BASE64, KEY, Speech, TEXT, ask, call, conversation, events, request};
use testkit::stub::Reply;

/// What it thinks is counted apart: 11 out in all.
fn usage() -> Value {
    json!({
        "promptTokenCount": 31,
        "cachedContentTokenCount": 20,
        "candidatesTokenCount": 7,
        "thoughtsTokenCount": 4,
        "totalTokenCount": 42,
        "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": 31 }],
    })
}

fn generated(text: &str, finish: Option<&str>) -> Value {
    let mut candidate =
        json!({ "content": { "parts": [{ "text": text }], "role": "model" }, "index": 0 });
    if let Some(finish) = finish {
        candidate["finishReason"] = json!(finish);
    }
    json!({
        "candidates": [candidate],
        "usageMetadata": usage(),
        "modelVersion": "gemini-example-001",
        "responseId": "mAitaLmkHPPlz7IPvtfUqQ4",
    })
}

/// A candidate that was held back.
fn held_back(reason: &str) -> Value {
    let mut body = generated("", Some(reason));
    if let Some(candidate) = body["candidates"][0].as_object_mut() {
        candidate.remove("content");
    }
    body
}

fn error(code: u16, status: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message, "status": status } })
}

/// With the sums so far.
fn piece(text: &str) -> (&'static str, Value) {
    let mut body = generated(text, None);
    body["usageMetadata"] =
        json!({ "promptTokenCount": 31, "candidatesTokenCount": 2, "totalTokenCount": 33 });
    ("", body)
}

fn begun() -> Vec<(&'static str, Value)> {
    vec![piece(r#"{"te"#), piece(r#"xt":"Lo"#)]
}

pub fn speech() -> Speech {
    let overloaded = error(
        503,
        "UNAVAILABLE",
        "The model is overloaded. Please try again later.",
    );
    let ended = |body: Value| events(begun().into_iter().chain([("", body)]));
    Speech {
        vendor: Vendor::Gemini,
        model: "gemini-example",
        answers_as: "gemini-example-001",
        cost_micro_usd: None,
        whole: generated(TEXT, Some("STOP")),
        usage: "usageMetadata",
        cut: generated(r#"{"text":"Lo"#, Some("MAX_TOKENS")),
        refused: held_back("SAFETY"),
        content_type: "text/event-stream",
        stream: ended(generated(r#"ve."}"#, Some("STOP"))),
        stream_begun: events(begun()),
        stream_cut: ended(generated("", Some("MAX_TOKENS"))),
        stream_refused: ended(held_back("PROHIBITED_CONTENT")),
        stream_overloaded: events([("", overloaded.clone())]),
        overloaded: overloaded.clone(),
        rate_limited: (
            429,
            error(
                429,
                "RESOURCE_EXHAUSTED",
                "You exceeded your current quota.",
            ),
        ),
        unauthorized: (
            403,
            error(
                403,
                "PERMISSION_DENIED",
                "Your API key was reported as leaked. Please use another API key.",
            ),
        ),
        too_long: (
            400,
            error(
                400,
                "INVALID_ARGUMENT",
                "The input token count (1091639) exceeds the maximum number of tokens allowed (1048576).",
            ),
        ),
        filtered: None,
        broken: (503, overloaded),
    }
}

#[tokio::test]
async fn it_is_asked_as_it_documents() -> anyhow::Result<()> {
    let speech = speech();
    let call = call("gemini-example", conversation());
    let reply = Reply::json(200, &speech.whole);
    let received = ask(Vendor::Gemini, reply, call.clone(), false)
        .await?
        .received;
    assert_eq!(
        received.line(),
        "POST /v1beta/models/gemini-example:generateContent"
    );
    assert_eq!(received.query, "");
    assert_eq!(received.header("x-goog-api-key"), KEY);
    let body = json!({
        "systemInstruction": { "parts": [{ "text": "You read coffee cups." }] },
        "contents": [
            { "role": "user", "parts": [{ "text": "Look." }] },
            { "role": "model", "parts": [{ "text": "I see." }] },
            { "role": "user", "parts": [
                { "inlineData": { "mimeType": "image/jpeg", "data": JPEG_BASE64 } },
                { "text": "And now?" },
            ]},
        ],
        "generationConfig": {
            "maxOutputTokens": 800,
            "responseMimeType": "application/json",
            "responseJsonSchema": super::schema(),
        },
    });
    assert_eq!(received.json()?, body);

    let reply = speech.streamed(&*speech.stream);
    let received = ask(Vendor::Gemini, reply, call, true).await?.received;
    assert_eq!(
        received.line(),
        "POST /v1beta/models/gemini-example:streamGenerateContent"
    );
    assert_eq!(received.query, "alt=sse");
    assert_eq!(received.json()?, body);
    Ok(())
}

/// The body is that of <https://github.com/vercel/ai/issues/4235>: tokens of the prompt, and no others.
#[tokio::test]
async fn a_blocked_prompt_is_refused_and_its_tokens_are_counted() -> anyhow::Result<()> {
    let body = json!({
        "promptFeedback": { "blockReason": "PROHIBITED_CONTENT" },
        "usageMetadata": { "promptTokenCount": 12559, "totalTokenCount": 12559 },
        "modelVersion": "gemini-1.5-flash-002",
    });
    for streams in [false, true] {
        let reply = if streams {
            speech().streamed(events([("", body.clone())]))
        } else {
            Reply::json(200, &body)
        };
        let answer = ask(Vendor::Gemini, reply, call("m", request()), streams)
            .await?
            .result?;
        assert_eq!((answer.finish, answer.text.as_str()), (Finish::Refused, ""));
        assert_eq!(answer.tokens(), Some(12_559));
    }
    Ok(())
}

#[tokio::test]
async fn every_reason_to_hold_an_answer_back_is_a_refusal_and_others_are_a_breach()
-> anyhow::Result<()> {
    for reason in [
        "SAFETY",
        "RECITATION",
        "LANGUAGE",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
    ] {
        let reply = Reply::json(200, &held_back(reason));
        let outcome = ask(Vendor::Gemini, reply, call("m", request()), false).await?;
        assert_eq!(outcome.result?.finish, Finish::Refused, "{reason}");
    }
    let reply = Reply::json(200, &held_back("STOP"));
    let outcome = ask(Vendor::Gemini, reply, call("m", request()), false).await?;
    assert_eq!(crate::failure(outcome.result, &[KEY])?, Protocol);
    Ok(())
}

#[tokio::test]
async fn thoughts_are_no_part_of_the_answer() -> anyhow::Result<()> {
    let mut body = generated(TEXT, Some("STOP"));
    body["candidates"][0]["content"]["parts"] =
        json!([{ "text": "A heart...", "thought": true }, { "text": TEXT }]);
    let outcome = ask(
        Vendor::Gemini,
        Reply::json(200, &body),
        call("m", request()),
        false,
    )
    .await?;
    assert_eq!(outcome.result?.text, TEXT);
    Ok(())
}

/// <https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto>: `RetryInfo`.
#[tokio::test]
async fn the_details_of_a_429_set_the_wait() -> anyhow::Result<()> {
    let (status, mut body) = speech().rate_limited;
    body["error"]["details"] = json!([
        { "@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [] },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17.5s" },
    ]);
    let outcome = ask(
        Vendor::Gemini,
        Reply::json(status, &body),
        call("m", request()),
        false,
    )
    .await?;
    let expected = RateLimited(Some(Duration::from_millis(17_500)));
    assert_eq!(crate::failure(outcome.result, &[KEY])?, expected);
    Ok(())
}

/// A wrong key is a 400, and the key may be quoted.
#[tokio::test]
async fn a_wrong_key_is_one_in_spite_of_its_status() -> anyhow::Result<()> {
    let mut body = error(
        400,
        "INVALID_ARGUMENT",
        "API key not valid. Please pass a valid API key.",
    );
    body["error"]["details"] = json!([{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
    }]);
    // In a list, as it is without `alt=sse`.
    let body = json!([body]);
    let outcome = ask(
        Vendor::Gemini,
        Reply::json(400, &body),
        call("m", request()),
        true,
    )
    .await?;
    assert_eq!(crate::failure(outcome.result, &[KEY])?, Auth);
    Ok(())
}
