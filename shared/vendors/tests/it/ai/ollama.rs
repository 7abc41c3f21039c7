//! Ollama.
//!
//! Sources: <https://github.com/ollama/ollama/blob/main/docs/api.md>, `docs/api/errors.mdx`,
//! `api/types.go` and, for the words of an input that is too long, `llm/llama_server.go`.

use serde_json::{Value, json};
use vendors::ProviderErrorKind::Withdrawn;
use vendors::ai::Vendor;

use super::{JPEG_BASE64, KEY, Speech, TEXT, ask, call, conversation, request};
use testkit::stub::Reply;

fn chunk(text: &str) -> Value {
    json!({
        "model": "gemma-example",
        "created_at": "2023-08-04T08:52:19.385406455-07:00",
        "message": { "role": "assistant", "content": text },
        "done": false,
    })
}

fn done(text: &str, reason: &str) -> Value {
    let mut reply = chunk(text);
    let rest = json!({
        "done_reason": reason,
        "done": true,
        "total_duration": 4_883_583_458_u64,
        "load_duration": 1_334_875,
        "prompt_eval_count": 31,
        "prompt_eval_duration": 342_546_000,
        "eval_count": 11,
        "eval_duration": 4_535_599_000_u64,
    });
    if let (Some(fields), Value::Object(rest)) = (reply.as_object_mut(), rest) {
        fields.extend(rest);
    }
    reply
}

fn lines(lines: impl IntoIterator<Item = Value>) -> String {
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

pub fn speech() -> Speech {
    let begun = || vec![chunk(r#"{"te"#), chunk(r#"xt":"Lo"#)];
    let ended = |rest: Vec<Value>| lines(begun().into_iter().chain(rest));
    let overloaded = json!({ "error": "an error was encountered while running the model" });
    Speech {
        vendor: Vendor::Ollama,
        model: "gemma-example",
        answers_as: "gemma-example",
        cost_micro_usd: None,
        whole: done(TEXT, "stop"),
        usage: "prompt_eval_count eval_count",
        cut: done(r#"{"text":"Lo"#, "length"),
        // Ollama has no filter.
        refused: Value::Null,
        content_type: "application/x-ndjson",
        stream: ended(vec![chunk(r#"ve."}"#), done("", "stop")]),
        stream_begun: lines(begun()),
        stream_cut: ended(vec![done("", "length")]),
        stream_refused: String::new(),
        stream_overloaded: lines([overloaded.clone()]),
        overloaded: overloaded.clone(),
        rate_limited: (429, json!({ "error": "too many requests" })),
        unauthorized: (401, json!({ "error": "unauthorized" })),
        too_long: (
            400,
            json!({ "error": "the input length exceeds the context length" }),
        ),
        filtered: None,
        broken: (500, overloaded),
    }
}

#[tokio::test]
async fn it_is_asked_as_it_documents() -> anyhow::Result<()> {
    let speech = speech();
    let call = call("gemma-example", conversation());
    let reply = Reply::json(200, &speech.whole);
    let received = ask(Vendor::Ollama, reply, call.clone(), false)
        .await?
        .received;
    assert_eq!(received.line(), "POST /api/chat");
    assert_eq!(received.header("authorization"), "");
    let mut body = json!({
        "model": "gemma-example",
        "messages": [
            { "role": "system", "content": "You read coffee cups." },
            { "role": "user", "content": "Look." },
            { "role": "assistant", "content": "I see." },
            { "role": "user", "content": "And now?", "images": [JPEG_BASE64] },
        ],
        "stream": false,
        "think": false,
        "truncate": false,
        "shift": false,
        "format": super::schema(),
        "options": { "num_ctx": 16384, "num_predict": 800 },
    });
    assert_eq!(received.json()?, body);

    let reply = speech.streamed(&*speech.stream);
    let received = ask(Vendor::Ollama, reply, call, true).await?.received;
    body["stream"] = json!(true);
    assert_eq!(received.json()?, body);
    Ok(())
}

#[tokio::test]
async fn a_model_that_was_not_pulled_is_for_an_operator_to_fix() -> anyhow::Result<()> {
    let reply = Reply::json(404, &json!({ "error": "model 'gemma-example' not found" }));
    let outcome = ask(
        Vendor::Ollama,
        reply,
        call("gemma-example", request()),
        false,
    )
    .await?;
    assert_eq!(crate::failure(outcome.result, &[KEY])?, Withdrawn);
    Ok(())
}
