//! Groq.
//!
//! Sources: <https://console.groq.com/docs/api-reference#chat-create>,
//! <https://console.groq.com/docs/errors>, <https://console.groq.com/docs/structured-outputs> and
//! `groq-python`, `src/groq/types/chat/chat_completion_chunk.py` (`x_groq`).

use std::time::Duration;

use serde_json::{Value, json};
use vendors::ProviderErrorKind::{Interrupted, Protocol, RateLimited};
use vendors::ai::Vendor;

use super::completions::{self, messages};
use super::{KEY, Speech, TEXT, ask, call, conversation, request};
use testkit::stub::Reply;

fn error(message: &str, kind: &str, code: &str) -> Value {
    json!({ "error": { "message": message, "type": kind, "code": code } })
}

pub fn speech() -> Speech {
    let mut last = completions::chunk(json!({}), Some("stop"));
    last["x_groq"] = json!({ "id": "req_01", "usage": completions::usage() });
    let rest = [
        completions::chunk(json!({ "content": r#"ve."}"# }), None),
        last,
    ];
    let overloaded = error(
        "Service Unavailable",
        "internal_server_error",
        "service_unavailable",
    );
    Speech {
        vendor: Vendor::Groq,
        stream: completions::done(completions::begun().into_iter().chain(rest)),
        stream_overloaded: completions::stream([overloaded.clone()]),
        overloaded: overloaded.clone(),
        rate_limited: (
            429,
            error(
                "Rate limit reached for model `openai/gpt-oss-120b` in organization `org_x` on tokens per \
             minute (TPM): Limit 8000, Used 7000, Requested 1500. Please try again in 3.75s.",
                "tokens",
                "rate_limit_exceeded",
            ),
        ),
        unauthorized: (
            401,
            error(
                "Invalid API Key",
                "invalid_request_error",
                "invalid_api_key",
            ),
        ),
        too_long: (
            400,
            error(
                "Please reduce the length of the messages or completion.",
                "invalid_request_error",
                "context_length_exceeded",
            ),
        ),
        filtered: None,
        broken: (
            500,
            error(
                "Internal Server Error",
                "internal_server_error",
                "internal_server_error",
            ),
        ),
        ..super::openai::speech()
    }
}

#[tokio::test]
async fn a_model_that_keeps_to_a_schema_is_given_it() -> anyhow::Result<()> {
    let reply = Reply::json(200, &speech().whole);
    let call = call("openai/gpt-oss-120b", conversation());
    let received = ask(Vendor::Groq, reply, call, false).await?.received;
    assert_eq!(received.line(), "POST /openai/v1/chat/completions");
    assert_eq!(received.header("authorization"), format!("Bearer {KEY}"));
    assert_eq!(
        received.json()?,
        json!({
            "model": "openai/gpt-oss-120b",
            "messages": messages(),
            "max_completion_tokens": 800,
            "response_format": completions::format(),
        })
    );
    Ok(())
}

#[tokio::test]
async fn any_other_model_gets_the_schema_in_its_instructions() -> anyhow::Result<()> {
    let reply = Reply::json(200, &speech().whole);
    let call = call("meta-llama/llama-4-scout-17b-16e-instruct", conversation());
    let body = ask(Vendor::Groq, reply, call, false)
        .await?
        .received
        .json()?;
    assert_eq!(body["response_format"], json!({ "type": "json_object" }));
    let system = body["messages"][0]["content"].as_str().unwrap_or_default();
    assert!(system.starts_with("You read coffee cups.\n\n"), "{system}");
    // JSON mode requires the word JSON in the instructions.
    assert!(system.contains("JSON"), "{system}");
    let schema = system.rsplit('\n').next().unwrap_or_default();
    assert_eq!(serde_json::from_str::<Value>(schema)?, super::schema());
    Ok(())
}

#[tokio::test]
async fn a_model_that_does_not_keep_to_the_form_may_be_asked_again() -> anyhow::Result<()> {
    let mut body = error(
        "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.",
        "invalid_request_error",
        "json_validate_failed",
    );
    body["error"]["failed_generation"] = json!("A heart near the rim.");
    let outcome = ask(
        Vendor::Groq,
        Reply::json(400, &body),
        call("m", request()),
        false,
    )
    .await?;
    assert_eq!(crate::failure(outcome.result, &[KEY, "A heart"])?, Protocol);
    Ok(())
}

/// <https://console.groq.com/docs/rate-limits>: the headers of every answer.
#[tokio::test]
async fn the_headers_of_the_limit_that_is_used_up_set_the_wait() -> anyhow::Result<()> {
    let (status, body) = speech().rate_limited;
    let reply = Reply::json(status, &body)
        .header("x-ratelimit-remaining-requests", "14370")
        .header("x-ratelimit-reset-requests", "2m59.56s")
        .header("x-ratelimit-remaining-tokens", "0")
        .header("x-ratelimit-reset-tokens", "1m2.5s");
    let outcome = ask(Vendor::Groq, reply, call("m", request()), false).await?;
    let expected = RateLimited(Some(Duration::from_millis(62_500)));
    assert_eq!(crate::failure(outcome.result, &[KEY])?, expected);
    Ok(())
}

#[tokio::test]
async fn a_stream_that_is_stopped_says_so_in_its_last_chunk() -> anyhow::Result<()> {
    let mut last = completions::chunk(json!({}), None);
    last["x_groq"] = json!({ "id": "req_01", "error": "over capacity" });
    let stream = completions::stream(completions::begun().into_iter().chain([last]));
    let outcome = ask(
        Vendor::Groq,
        speech().streamed(stream),
        call("m", request()),
        true,
    )
    .await?;
    assert_eq!(crate::failure(outcome.result, &[KEY])?, Interrupted);
    Ok(())
}

#[tokio::test]
async fn its_tokens_are_also_read_where_they_are_asked_for() -> anyhow::Result<()> {
    let stream = completions::complete(completions::usage());
    let outcome = ask(
        Vendor::Groq,
        speech().streamed(stream),
        call("m", request()),
        true,
    )
    .await?;
    let answer = outcome.result?;
    assert_eq!((answer.text.as_str(), answer.tokens()), (TEXT, Some(42)));
    Ok(())
}
