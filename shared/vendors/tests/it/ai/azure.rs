//! OpenAI's models at Azure.
//!
//! Sources: <https://learn.microsoft.com/azure/ai-services/openai/reference>,
//! <https://learn.microsoft.com/azure/ai-services/openai/concepts/content-filter> (an empty chunk with
//! `prompt_filter_results` comes first) and `openai-python`, `src/openai/lib/azure.py`.

use serde_json::{Value, json};
use vendors::ai::Vendor;

use super::completions::{self, messages};
use super::{KEY, Speech, ask, call, conversation};

fn error(code: &str, message: &str) -> Value {
    json!({ "error": { "code": code, "message": message } })
}

pub fn speech() -> Speech {
    let first = json!({
        "id": "", "object": "", "created": 0, "model": "", "choices": [],
        "prompt_filter_results": [{ "prompt_index": 0, "content_filter_results": {
            "hate": { "filtered": false, "severity": "safe" },
        }}],
    });
    let stream = completions::stream([first]) + &completions::complete(completions::usage());
    let mut filtered = completions::completion("", "content_filter");
    if let Some(message) = filtered["choices"][0]["message"].as_object_mut() {
        message.retain(|name, _| name == "role");
    }
    let server_error = error(
        "InternalServerError",
        "The server had an error processing your request.",
    );
    Speech {
        answers_as: "example/writes-2",
        refused: filtered,
        stream,
        rate_limited: (
            429,
            error(
                "429",
                "Requests to the ChatCompletions_Create Operation under Azure \
            OpenAI API version 2025-04-01-preview have exceeded token rate limit of your current \
            OpenAI S0 pricing tier. Please retry after 17 seconds.",
            ),
        ),
        unauthorized: (
            401,
            error(
                "401",
                "Access denied due to invalid subscription key or wrong API \
            endpoint. Make sure to provide a valid key for an active subscription and use a correct \
            regional API endpoint for your resource.",
            ),
        ),
        filtered: Some((
            400,
            json!({ "error": {
                "message": "The response was filtered due to the prompt triggering Azure OpenAI's content \
                    management policy. Please modify your prompt and retry.",
                "type": null, "param": "prompt", "code": "content_filter", "status": 400,
                "innererror": {
                    "code": "ResponsibleAIPolicyViolation",
                    "content_filter_result": { "violence": { "filtered": true, "severity": "high" } },
                },
            }}),
        )),
        stream_overloaded: completions::stream([server_error.clone()]),
        overloaded: server_error.clone(),
        broken: (500, server_error),
        vendor: Vendor::Azure,
        ..super::openai::speech()
    }
}

#[tokio::test]
async fn the_deployment_stands_in_the_path_and_the_key_in_its_own_header() -> anyhow::Result<()> {
    let speech = speech();
    let reply = speech.streamed(&*speech.stream);
    let call = call("cups & more", conversation());
    let received = ask(Vendor::Azure, reply, call, true).await?.received;
    assert_eq!(
        received.line(),
        "POST /openai/deployments/cups%20&%20more/chat/completions"
    );
    assert_eq!(received.query, "api-version=2025-04-01-preview");
    assert_eq!(received.header("api-key"), KEY);
    assert_eq!(received.header("authorization"), "");
    assert_eq!(
        received.json()?,
        json!({
            "model": "cups & more",
            "messages": messages(),
            "max_completion_tokens": 800,
            "response_format": completions::format(),
            "stream": true,
            "stream_options": { "include_usage": true },
        })
    );
    Ok(())
}
