//! OpenAI.
//!
//! Sources: <https://platform.openai.com/docs/api-reference/chat/create>,
//! <https://platform.openai.com/docs/guides/error-codes> and `openai-python`, `src/openai/types/chat`.

use serde_json::json;
use vendors::ProviderErrorKind::{Auth, Refused};
use vendors::ai::{Finish, Vendor};

use super::completions::{self, messages};
use super::{KEY, Speech, ask, call, conversation, request};
use testkit::stub::Reply;

pub fn speech() -> Speech {
    let error = json!({ "error": {
        "message": "The server had an error while processing your request. Sorry about that!",
        "type": "server_error", "param": null, "code": null,
    }});
    Speech {
        vendor: Vendor::OpenAi,
        model: "example/writes",
        answers_as: "example/writes-2",
        cost_micro_usd: None,
        whole: completions::whole(),
        usage: "usage",
        cut: completions::cut(),
        refused: completions::refused(),
        content_type: "text/event-stream; charset=utf-8",
        stream: completions::complete(completions::usage()),
        stream_begun: completions::stream(completions::begun()),
        stream_cut: completions::ended("length"),
        stream_refused: completions::ended("content_filter"),
        stream_overloaded: completions::stream([error.clone()]),
        overloaded: error.clone(),
        rate_limited: (
            429,
            json!({ "error": {
                "message": "Rate limit reached for gpt-5-mini in organization org-x on tokens per min.",
                "type": "tokens", "param": null, "code": "rate_limit_exceeded",
            }}),
        ),
        unauthorized: (
            401,
            json!({ "error": {
                "message": format!("Incorrect API key provided: {KEY}. You can find your API key at \
                    https://platform.openai.com/account/api-keys."),
                "type": "invalid_request_error", "param": null, "code": "invalid_api_key",
            }}),
        ),
        too_long: (
            400,
            json!({ "error": {
                "message": "This model's maximum context length is 8192 tokens. However, your messages \
                    resulted in 10000 tokens. Please reduce the length of the messages.",
                "type": "invalid_request_error", "param": "messages", "code": "context_length_exceeded",
            }}),
        ),
        filtered: Some((
            400,
            json!({ "error": {
                "message": "Your request was rejected as a result of our safety system.",
                "type": "invalid_request_error", "param": null, "code": "content_policy_violation",
            }}),
        )),
        broken: (500, error),
    }
}

#[tokio::test]
async fn it_is_asked_as_it_documents() -> anyhow::Result<()> {
    let speech = speech();
    let call = call("gpt-5-mini", conversation());
    let reply = Reply::json(200, &speech.whole);
    let received = ask(Vendor::OpenAi, reply, call.clone(), false)
        .await?
        .received;
    assert_eq!(received.line(), "POST /v1/chat/completions");
    assert_eq!(received.header("authorization"), format!("Bearer {KEY}"));
    assert_eq!(received.header("content-type"), "application/json");
    let mut body = json!({
        "model": "gpt-5-mini",
        "messages": messages(),
        "max_completion_tokens": 800,
        "response_format": completions::format(),
    });
    assert_eq!(received.json()?, body);

    let reply = speech.streamed(&*speech.stream);
    let received = ask(Vendor::OpenAi, reply, call, true).await?.received;
    body["stream"] = json!(true);
    body["stream_options"] = json!({ "include_usage": true });
    assert_eq!(received.json()?, body);
    Ok(())
}

#[tokio::test]
async fn free_text_is_asked_for_without_a_form() -> anyhow::Result<()> {
    let mut free = request();
    free.schema = None;
    let reply = Reply::json(200, &completions::completion("A heart.", "stop"));
    let outcome = ask(Vendor::OpenAi, reply, call("m", free), false).await?;
    assert_eq!(outcome.received.json()?.get("response_format"), None);
    assert_eq!(outcome.result?.text, "A heart.");
    Ok(())
}

/// <https://platform.openai.com/docs/guides/error-codes>: "You exceeded your current quota" is a 429
/// that no waiting ends.
#[tokio::test]
async fn a_used_up_quota_is_for_an_operator_to_fix() -> anyhow::Result<()> {
    let body = json!({ "error": {
        "message": "You exceeded your current quota, please check your plan and billing details.",
        "type": "insufficient_quota", "param": null, "code": "insufficient_quota",
    }});
    let outcome = ask(
        Vendor::OpenAi,
        Reply::json(429, &body),
        call("m", request()),
        false,
    )
    .await?;
    assert_eq!(crate::failure(outcome.result, &[KEY])?, Auth);
    Ok(())
}

/// A refusal comes in its own deltas; nothing of it is the answer.
#[tokio::test]
async fn a_streamed_refusal_is_one() -> anyhow::Result<()> {
    let stream = completions::done([
        completions::chunk(
            json!({ "role": "assistant", "content": null, "refusal": "" }),
            None,
        ),
        completions::chunk(json!({ "refusal": "I'm sorry, I cannot" }), None),
        completions::chunk(json!({ "refusal": " assist with that request." }), None),
        completions::chunk(json!({}), Some("stop")),
        completions::last(completions::usage()),
    ]);
    let outcome = ask(
        Vendor::OpenAi,
        speech().streamed(stream),
        call("m", request()),
        true,
    )
    .await?;
    let answer = outcome.result?;
    assert_eq!((answer.finish, answer.text.as_str()), (Finish::Refused, ""));
    assert_eq!(answer.tokens(), Some(42));
    assert!(outcome.pieces.is_empty(), "{:?}", outcome.pieces);
    Ok(())
}

#[tokio::test]
async fn a_prompt_against_the_policy_is_refused() -> anyhow::Result<()> {
    let body = json!({ "error": {
        "message": "Invalid prompt: your prompt was flagged as potentially violating our usage policy. \
            Please try again with a different prompt.",
        "type": "invalid_request_error", "param": null, "code": "invalid_prompt",
    }});
    let outcome = ask(
        Vendor::OpenAi,
        Reply::json(400, &body),
        call("m", request()),
        false,
    )
    .await?;
    assert_eq!(crate::failure(outcome.result, &[KEY])?, Refused);
    Ok(())
}
