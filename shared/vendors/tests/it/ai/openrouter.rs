//! OpenRouter.
//!
//! Sources: <https://openrouter.ai/docs/api/reference/overview>,
//! <https://openrouter.ai/docs/api/reference/errors-and-debugging> (the codes, the metadata of a
//! moderation error, and that 402, 429 and 503 may come with `Retry-After`),
//! <https://openrouter.ai/docs/api/reference/streaming> (comments),
//! <https://openrouter.ai/docs/use-cases/usage-accounting> and
//! <https://openrouter.ai/docs/guides/overview/models>.

use std::time::Duration;

use serde_json::{Value, json};
use vendors::ProviderErrorKind as Kind;
use vendors::ProviderErrorKind::*;
use vendors::ai::catalogue::Price;
use vendors::ai::openrouter::{Listed, models};
use vendors::ai::{Answer, Finish, Usage, Vendor};

use super::completions::{self, messages};
use super::{KEY, Speech, ask, call, config, conversation, request};
use testkit::stub::{Reply, Stub};

fn error(code: u16, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message } })
}

/// In credits, which are dollars: a number whose binary fraction is a hair more than it.
fn usage() -> Value {
    let mut usage = completions::usage();
    usage["cost"] = json!(0.00014);
    usage["is_byok"] = json!(false);
    usage["cost_details"] = json!({ "upstream_inference_cost": null });
    usage
}

fn completion(content: &str, finish: &str) -> Value {
    let mut body = completions::completion(content, finish);
    body["provider"] = json!("Example");
    body["choices"][0]["native_finish_reason"] = json!(finish);
    body["usage"] = usage();
    body
}

pub fn speech() -> Speech {
    let mut overloaded = error(503, "Provider returned error");
    overloaded["error"]["metadata"] = json!({ "error_type": "provider_overloaded" });
    // The documented form of an error in the middle of a stream.
    let mut chunk = completions::chunk(json!({ "content": "" }), Some("error"));
    chunk["provider"] = json!("Example");
    chunk["error"] = overloaded["error"].clone();
    let mut flagged = error(
        403,
        "Your chosen model requires moderation and your input was flagged",
    );
    flagged["error"]["metadata"] = json!({
        "reasons": ["violence"],
        "flagged_input": "A heart near the rim.",
        "provider_name": "Example",
        "model_slug": "example/writes",
    });
    Speech {
        vendor: Vendor::OpenRouter,
        cost_micro_usd: Some(140),
        whole: completion(super::TEXT, "stop"),
        stream: format!(
            ": OPENROUTER PROCESSING\n\n{}",
            completions::complete(usage())
        ),
        stream_overloaded: completions::stream([chunk]),
        overloaded: overloaded.clone(),
        rate_limited: (429, error(429, "Rate limit exceeded")),
        unauthorized: (401, error(401, "No auth credentials found")),
        too_long: (
            400,
            json!({ "error": {
                "code": 400,
                "message": "This endpoint's maximum context length is 32768 tokens.",
                "metadata": { "error_type": "context_length_exceeded" },
            }}),
        ),
        filtered: Some((403, flagged)),
        broken: (503, overloaded),
        ..super::openai::speech()
    }
}

async fn kind_of(reply: Reply) -> anyhow::Result<Kind> {
    let outcome = ask(Vendor::OpenRouter, reply, call("m", request()), false).await?;
    crate::failure(outcome.result, &[KEY, "A heart"])
}

#[tokio::test]
async fn it_is_asked_as_it_documents() -> anyhow::Result<()> {
    let speech = speech();
    let call = call("example/writes", conversation());
    let reply = Reply::json(200, &speech.whole);
    let received = ask(Vendor::OpenRouter, reply, call.clone(), false)
        .await?
        .received;
    assert_eq!(received.line(), "POST /api/v1/chat/completions");
    assert_eq!(received.header("authorization"), format!("Bearer {KEY}"));
    assert_eq!(received.header("content-type"), "application/json");
    let mut body = json!({
        "model": "example/writes",
        "messages": messages(),
        "max_tokens": 800,
        "response_format": completions::format(),
        "provider": { "require_parameters": true },
    });
    assert_eq!(received.json()?, body);

    let reply = speech.streamed(&*speech.stream);
    let received = ask(Vendor::OpenRouter, reply, call, true).await?.received;
    body["stream"] = json!(true);
    assert_eq!(received.json()?, body);
    Ok(())
}

#[tokio::test]
async fn json_in_a_markdown_fence_is_taken_out_of_it() -> anyhow::Result<()> {
    for fenced in [
        "```json\n{\"text\":\"Love.\"}\n```",
        "\n```\n{\"text\":\"Love.\"}\n```\n",
    ] {
        let reply = Reply::json(200, &completion(fenced, "stop"));
        let outcome = ask(Vendor::OpenRouter, reply, call("m", request()), false).await?;
        assert_eq!(
            outcome.result?.json(),
            Ok(json!({ "text": "Love." })),
            "{fenced}"
        );
    }
    Ok(())
}

async fn usage_of(reported: Value) -> anyhow::Result<Option<Usage>> {
    let mut body = completion("{}", "stop");
    body["usage"] = reported;
    let reply = Reply::json(200, &body);
    let outcome = ask(Vendor::OpenRouter, reply, call("m", request()), false).await?;
    Ok(outcome.result?.usage)
}

#[tokio::test]
async fn the_cost_is_in_millionths_of_a_dollar_rounded_up() -> anyhow::Result<()> {
    for (cost, expected) in [
        // The number of the documentation.
        (json!(0.95), Some(950_000)),
        (json!(0.000_000_4), Some(1)),
        (json!(0), Some(0)),
        (json!(-1), None),
        (json!("much"), None),
    ] {
        let mut reported = usage();
        reported["cost"] = cost.clone();
        let usage = usage_of(reported).await?.map(|usage| usage.cost_micro_usd);
        assert_eq!(usage, Some(expected), "{cost}");
    }
    Ok(())
}

/// <https://openrouter.ai/docs/guides/overview/auth/byok>: OpenRouter takes a fee, the vendor the rest.
#[tokio::test]
async fn with_a_key_of_our_own_what_the_vendor_takes_comes_on_top() -> anyhow::Result<()> {
    let mut reported = usage();
    reported["is_byok"] = json!(true);
    reported["cost_details"] = json!({ "upstream_inference_cost": 0.0028 });
    let cost = usage_of(reported)
        .await?
        .and_then(|usage| usage.cost_micro_usd);
    assert_eq!(cost, Some(2_940));
    Ok(())
}

#[tokio::test]
async fn tokens_without_a_cost_and_a_cost_without_tokens_are_distinguished() -> anyhow::Result<()> {
    let tokens = usage_of(completions::usage()).await?;
    assert_eq!(tokens.map(|usage| usage.cost_micro_usd), Some(None));
    assert_eq!(usage_of(json!({ "cost": 0.1 })).await?, None);
    Ok(())
}

#[tokio::test]
async fn a_503_or_402_that_tells_how_long_to_wait_is_waited_for() -> anyhow::Result<()> {
    for status in [402, 503] {
        let reply = Reply::json(status, &error(status, "not now")).header("retry-after", "3");
        let expected = RateLimited(Some(Duration::from_secs(3)));
        assert_eq!(kind_of(reply).await?, expected, "{status}");
    }
    let mut body = error(429, "Provider returned error");
    body["error"]["availability"] = json!({ "code": "capacity_exhausted", "retry_after": 5 });
    let expected = RateLimited(Some(Duration::from_secs(5)));
    assert_eq!(kind_of(Reply::json(429, &body)).await?, expected);
    Ok(())
}

#[tokio::test]
async fn a_status_means_what_the_documentation_says() -> anyhow::Result<()> {
    for (status, message, expected) in [
        (400, "example/writes is not a valid model ID", Rejected),
        (402, "Insufficient credits", Auth),
        (403, "Key limit exceeded (total limit)", Auth),
        (404, "No endpoints found", Withdrawn),
        (408, "Your request timed out", Timeout),
        (413, "Payload too large", TooLong),
        (422, "Unprocessable", Rejected),
        (500, "Internal Server Error", Transient),
        (502, "Provider returned error", Transient),
        (504, "Gateway timeout", Timeout),
        (524, "Edge network timeout", Timeout),
    ] {
        assert_eq!(
            kind_of(Reply::json(status, &error(status, message))).await?,
            expected,
            "{status}"
        );
        // The same inside a 200, whether at the top or in a choice.
        let inside = error(status, message);
        assert_eq!(
            kind_of(Reply::json(200, &inside)).await?,
            expected,
            "{status} inside"
        );
        let mut choice = completion("", "error");
        choice["choices"][0]["error"] = inside["error"].clone();
        assert_eq!(
            kind_of(Reply::json(200, &choice)).await?,
            expected,
            "{status} in a choice"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_guardrail_refuses() -> anyhow::Result<()> {
    let mut body = error(403, "Request blocked: prompt injection patterns detected");
    body["error"]["metadata"] = json!({ "patterns": ["A heart near the rim."] });
    assert_eq!(kind_of(Reply::json(403, &body)).await?, Refused);
    Ok(())
}

#[tokio::test]
async fn a_filter_that_shuts_in_the_middle_of_a_stream_leaves_a_refused_answer()
-> anyhow::Result<()> {
    let mut chunk = completions::chunk(json!({ "content": "" }), Some("error"));
    chunk["error"] = json!({
        "code": 400,
        "message": "Content policy",
        "metadata": { "error_type": "content_policy_violation" },
    });
    let stream = completions::stream(completions::begun().into_iter().chain([chunk]));
    let reply = speech().streamed(stream);
    let answer = ask(Vendor::OpenRouter, reply, call("m", request()), true)
        .await?
        .result?;
    let expected = Answer {
        text: r#"{"text":"Lo"#.to_owned(),
        model: "example/writes-2".to_owned(),
        finish: Finish::Refused,
        usage: None,
    };
    assert_eq!(answer, expected);
    Ok(())
}

/// Only the count of tokens is lost, not the answer.
#[tokio::test]
async fn what_breaks_after_the_end_of_the_text_takes_nothing_away() -> anyhow::Result<()> {
    let all = completions::begun().into_iter();
    let all = all.chain([completions::chunk(
        json!({ "content": r#"ve."}"# }),
        Some("stop"),
    )]);
    let text = completions::stream(all);
    for rest in [
        "",
        "data: {\"choices\": [",
        "data: {\"error\":{\"code\":502}}\n\n",
        "data: {\"ch\n\n",
    ] {
        let reply = speech().streamed(format!("{text}{rest}"));
        let answer = ask(Vendor::OpenRouter, reply, call("m", request()), true)
            .await?
            .result?;
        assert_eq!(
            (answer.text.as_str(), answer.usage),
            (super::TEXT, None),
            "{rest}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_without_text_is_a_breach_of_the_protocol() -> anyhow::Result<()> {
    let mut no_choices = completion("{}", "stop");
    no_choices["choices"] = json!([]);
    let mut no_content = completion("{}", "stop");
    no_content["choices"][0]["message"]["content"].take();
    for body in [
        json!(["a list"]),
        json!("A heart near the rim."),
        json!({}),
        no_choices,
        no_content,
        completion("", "stop"),
    ] {
        assert_eq!(kind_of(Reply::json(200, &body)).await?, Protocol, "{body}");
    }
    Ok(())
}

/// The model is the one of their API reference, with another price.
#[tokio::test]
async fn its_list_of_models_is_read() -> anyhow::Result<()> {
    let model = json!({
        "id": "openai/gpt-4",
        "canonical_slug": "openai/gpt-4",
        "name": "GPT-4",
        "created": 1_692_901_234,
        "description": "GPT-4 is a large multimodal model that can solve difficult problems.",
        "context_length": 8192,
        "architecture": {
            "tokenizer": "GPT", "instruct_type": "chatml", "modality": "text->text",
            "input_modalities": ["text", "image"], "output_modalities": ["text"],
        },
        "pricing": { "prompt": "0.00003", "completion": "0.00006", "request": "0", "image": "0" },
        "top_provider": { "context_length": 8192, "max_completion_tokens": 4096, "is_moderated": true },
        "per_request_limits": null,
        "supported_parameters": ["temperature", "top_p", "max_tokens"],
        "default_parameters": null,
        "expiration_date": null,
    });
    let mut router = model.clone();
    router["id"] = json!("openrouter/auto");
    router["architecture"]["input_modalities"] = json!(["text"]);
    router["pricing"] = json!({ "prompt": "-1", "completion": "-1" });
    router["top_provider"]["max_completion_tokens"].take();
    let list = json!({ "data": [model, router, { "id": null }], "links": { "next": null } });
    let stub = Stub::start([Reply::json(200, &list)]).await?;
    let listed = models(&config(&stub.url), Duration::from_secs(10)).await?;
    let first = Listed {
        name: "openai/gpt-4".to_owned(),
        context: Some(8_192),
        max_output: Some(4_096),
        vision: true,
        price: Some(Price {
            input: 30_000_000,
            output: 60_000_000,
        }),
    };
    let second = Listed {
        name: "openrouter/auto".to_owned(),
        context: Some(8_192),
        max_output: None,
        vision: false,
        price: None,
    };
    assert_eq!(listed, Some(vec![first, second]));
    let received = stub.only()?;
    assert_eq!(received.line(), "GET /api/v1/models");
    assert_eq!(received.header("authorization"), format!("Bearer {KEY}"));
    Ok(())
}
