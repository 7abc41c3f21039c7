//! OpenRouter: what is asked, and how an answer is read.
//!
//! Source: <https://openrouter.ai/docs/api-reference/chat-completion>, and for the schema
//! <https://openrouter.ai/docs/features/structured-outputs>.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};
use shared::config::{Config, Env};
use shared::providers::ai::{self, Ai, AiConfig, Purpose, Request};
use url::Url;

use crate::stub::{Reply, Stub};

pub const KEY: &str = "sk-or-v1-0123456789abcdef0123456789abcdef";

pub fn client(server: &Url, timeout: Duration) -> anyhow::Result<Arc<dyn Ai>> {
    let lookup = |name: &str| {
        Some(match name {
            "OPENROUTER_API_KEY" => KEY.to_owned(),
            "OPENROUTER_BASE_URL" => format!("{server}api/v1"),
            "OPENROUTER_VISION_MODEL" => "example/sees".to_owned(),
            "OPENROUTER_TEXT_MODEL" => "example/writes".to_owned(),
            _ => return None,
        })
    };
    // Only the part about AI is looked at, so that the rest of the settings may be missing.
    let mut config = Config::read(&mut Env::new(&lookup)).ai;
    if let AiConfig::OpenRouter(config) = &mut config {
        config.timeout = timeout;
    }
    Ok(ai::build(&config)?)
}

pub fn question() -> Request {
    Request {
        purpose: Purpose::Text,
        system: "You read coffee cups.".to_owned(),
        user: "A heart near the rim.".to_owned(),
        image: None,
        schema: ("reading", schema()),
    }
}

fn schema() -> Value {
    json!({
        "type": "object",
        "properties": { "text": { "type": "string" } },
        "required": ["text"],
        "additionalProperties": false,
    })
}

/// An answer of the documented form, around `content`.
pub fn completion(content: &str) -> Value {
    json!({
        "id": "gen-1767225600-abc",
        "object": "chat.completion",
        "created": 1_767_225_600,
        "model": "example/writes-2",
        "provider": "Example",
        "choices": [{
            "index": 0,
            "finish_reason": "stop",
            "native_finish_reason": "stop",
            "message": { "role": "assistant", "content": content, "refusal": null },
        }],
        "usage": { "prompt_tokens": 31, "completion_tokens": 11, "total_tokens": 42 },
    })
}

async fn ask(reply: Reply, request: Request) -> anyhow::Result<(ai::Answer, crate::stub::Seen)> {
    let stub = Stub::start([reply]).await?;
    let answer = client(&stub.url, Duration::from_secs(10))?
        .complete(request)
        .await?;
    Ok((answer, stub.only()?))
}

#[tokio::test]
async fn a_question_is_asked_as_the_vendor_documents_and_its_answer_comes_back()
-> anyhow::Result<()> {
    let reply = Reply::json(200, &completion(r#"{"text":"Love."}"#));
    let (answer, seen) = ask(reply, question()).await?;

    assert_eq!(
        (seen.method.as_str(), seen.path.as_str()),
        ("POST", "/api/v1/chat/completions")
    );
    assert_eq!(seen.header("authorization"), format!("Bearer {KEY}"));
    assert_eq!(seen.header("content-type"), "application/json");
    let body = seen.json()?;
    assert_eq!(body["model"], "example/writes");
    assert_eq!(
        body["messages"],
        json!([
            { "role": "system", "content": "You read coffee cups." },
            { "role": "user", "content": "A heart near the rim." },
        ])
    );
    assert_eq!(
        body["response_format"],
        json!({
            "type": "json_schema",
            "json_schema": { "name": "reading", "strict": true, "schema": schema() },
        })
    );

    assert_eq!(answer.content, json!({ "text": "Love." }));
    assert_eq!(answer.model, "example/writes-2");
    assert_eq!(answer.tokens, Some(42));
    Ok(())
}

#[tokio::test]
async fn a_picture_goes_to_the_vision_model_as_a_data_address() -> anyhow::Result<()> {
    let image = Some(Bytes::from_static(b"\xff\xd8\xff\xe0JFIF"));
    let request = Request {
        purpose: Purpose::Vision,
        image,
        ..question()
    };
    let (_, seen) = ask(Reply::json(200, &completion("{}")), request).await?;
    let body = seen.json()?;
    assert_eq!(body["model"], "example/sees");
    assert_eq!(
        body["messages"][1]["content"],
        json!([
            { "type": "text", "text": "A heart near the rim." },
            // `printf '\xff\xd8\xff\xe0JFIF' | base64`
            { "type": "image_url", "image_url": { "url": "data:image/jpeg;base64,/9j/4EpGSUY=" } },
        ])
    );
    Ok(())
}

#[tokio::test]
async fn json_in_a_markdown_fence_is_taken_out_of_it() -> anyhow::Result<()> {
    for fenced in [
        "```json\n{\"text\":\"Love.\"}\n```",
        "\n```\n{\"text\":\"Love.\"}\n```\n",
    ] {
        let (answer, _) = ask(Reply::json(200, &completion(fenced)), question()).await?;
        assert_eq!(answer.content, json!({ "text": "Love." }), "{fenced}");
    }
    Ok(())
}

#[tokio::test]
async fn an_answer_without_usage_has_no_tokens() -> anyhow::Result<()> {
    let mut body = completion("{}");
    body["usage"].take();
    let (answer, _) = ask(Reply::json(200, &body), question()).await?;
    assert_eq!(answer.tokens, None);
    Ok(())
}
