//! Chat completions: OpenAI's protocol, and OpenRouter, Groq and Azure which speak it with extras.
//!
//! Sources: <https://platform.openai.com/docs/api-reference/chat>,
//! <https://openrouter.ai/docs/api-reference/streaming> (comments, `error` events),
//! <https://console.groq.com/docs/api-reference>,
//! <https://learn.microsoft.com/azure/ai-services/openai/reference>.

use serde_json::{Value, json};

use super::super::ask::{Ask, list, required, text_of, unpacked};
use super::super::said::{Finish, REFUSAL, Said};
use super::{Wire, data, has_bearer, header};
use crate::http::Req;

/// Dollars per token, in and out; those of a small model, so that accounts look plausible.
const PRICES: (f64, f64) = (0.15e-6, 0.60e-6);

/// OpenRouter: tells provider and cost, and sends comments first.
pub struct OpenRouter;
/// OpenAI itself.
pub struct OpenAi;
/// Groq: tells the tokens of a stream in a field of its own.
pub struct Groq;
/// Azure: the model is the deployment in the path, the key a header of its own.
pub struct Azure(pub String);

impl Wire for OpenRouter {
    fn name(&self) -> &'static str {
        "openrouter"
    }

    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)> {
        (!has_bearer(req)).then_some((401, "No auth credentials found"))
    }

    fn ask(&self, _: &Req, body: &Value) -> Result<Ask, String> {
        let model = required(body, "model", "No models provided")?;
        Ok(Ask {
            wants_usage: true,
            ..read(body, model)?
        })
    }

    fn whole(&self, said: &Said) -> Value {
        let mut whole = whole(said, finish(said, "content_filter"));
        routed(&mut whole, said);
        if let Some(fields) = whole["choices"][0].as_object_mut() {
            let reason = fields["finish_reason"].clone();
            fields.insert("native_finish_reason".into(), reason);
        }
        whole["usage"] = priced(said);
        cleaned(whole)
    }

    fn frames(&self, said: &Said) -> Vec<String> {
        let mut frames = vec![": OPENROUTER PROCESSING\n\n".to_owned()];
        let chunks = chunks(said, finish(said, "content_filter"));
        frames.extend(chunks.into_iter().map(|mut chunk| {
            routed(&mut chunk, said);
            data(&chunk)
        }));
        let mut last = chunk(said, json!([]));
        routed(&mut last, said);
        last["usage"] = priced(said);
        frames.extend((!last["usage"].is_null()).then(|| data(&last)));
        frames.push("data: [DONE]\n\n".to_owned());
        frames
    }

    fn broken(&self, said: &Said) -> String {
        let choice = json!([{"index": 0, "delta": {"content": ""}, "finish_reason": "error"}]);
        let mut broken = chunk(said, choice);
        routed(&mut broken, said);
        broken["error"] =
            json!({"code": "server_error", "message": "Provider disconnected unexpectedly"});
        data(&broken)
    }

    fn error(&self, status: u16, message: &str, _: Option<u64>) -> Value {
        json!({"error": {"code": status, "message": message}})
    }
}

impl Wire for OpenAi {
    fn name(&self) -> &'static str {
        "openai"
    }

    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)> {
        (!has_bearer(req)).then_some((401, "You didn't provide an API key."))
    }

    fn ask(&self, _: &Req, body: &Value) -> Result<Ask, String> {
        read(
            body,
            required(body, "model", "you must provide a model parameter")?,
        )
    }

    fn whole(&self, said: &Said) -> Value {
        let mut whole = whole(said, finish(said, "stop"));
        whole["usage"] = usage(said.tokens);
        cleaned(whole)
    }

    fn frames(&self, said: &Said) -> Vec<String> {
        let mut frames: Vec<String> = chunks(said, finish(said, "stop"))
            .iter()
            .map(data)
            .collect();
        if said.told_tokens().is_some() {
            let mut last = chunk(said, json!([]));
            last["usage"] = usage(said.tokens);
            frames.push(data(&last));
        }
        frames.push("data: [DONE]\n\n".to_owned());
        frames
    }

    fn broken(&self, _: &Said) -> String {
        data(&self.error(
            500,
            "The server had an error while processing your request",
            None,
        ))
    }

    fn error(&self, status: u16, message: &str, _: Option<u64>) -> Value {
        let (kind, code) = match status {
            401 => ("invalid_request_error", json!("invalid_api_key")),
            429 => ("requests", json!("rate_limit_exceeded")),
            400..500 => ("invalid_request_error", Value::Null),
            _ => ("server_error", Value::Null),
        };
        json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
    }
}

impl Wire for Groq {
    fn name(&self) -> &'static str {
        "groq"
    }

    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)> {
        (!has_bearer(req)).then_some((401, "Invalid API Key"))
    }

    fn ask(&self, req: &Req, body: &Value) -> Result<Ask, String> {
        OpenAi.ask(req, body)
    }

    fn whole(&self, said: &Said) -> Value {
        let mut whole = OpenAi.whole(said);
        whole["x_groq"] = json!({"id": format!("req_{}", said.id)});
        whole
    }

    fn frames(&self, said: &Said) -> Vec<String> {
        let mut chunks = chunks(said, finish(said, "stop"));
        if let Some(last) = chunks.last_mut() {
            last["x_groq"] = json!({"id": format!("req_{}", said.id), "usage": usage(said.tokens)});
            *last = cleaned(last.take());
        }
        let mut frames: Vec<String> = chunks.iter().map(data).collect();
        frames.push("data: [DONE]\n\n".to_owned());
        frames
    }

    fn broken(&self, said: &Said) -> String {
        OpenAi.broken(said)
    }

    fn error(&self, status: u16, message: &str, after: Option<u64>) -> Value {
        OpenAi.error(status, message, after)
    }
}

impl Wire for Azure {
    fn name(&self) -> &'static str {
        "azure"
    }

    fn refusal(&self, req: &Req) -> Option<(u16, &'static str)> {
        if header(req, "api-key").is_none() && !has_bearer(req) {
            return Some((
                401,
                "Access denied due to invalid subscription key or wrong API endpoint.",
            ));
        }
        let version = req.query("api-version").unwrap_or_default();
        version.is_empty().then_some((404, "Resource not found"))
    }

    fn ask(&self, _: &Req, body: &Value) -> Result<Ask, String> {
        read(body, &self.0)
    }

    fn whole(&self, said: &Said) -> Value {
        let mut whole = whole(said, finish(said, "content_filter"));
        whole["usage"] = usage(said.tokens);
        cleaned(whole)
    }

    fn frames(&self, said: &Said) -> Vec<String> {
        let first = json!({
            "id": "", "object": "", "created": 0, "model": "", "choices": [],
            "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}],
        });
        let mut frames = vec![data(&first)];
        frames.extend(
            chunks(said, finish(said, "content_filter"))
                .iter()
                .map(data),
        );
        if said.told_tokens().is_some() {
            let mut last = chunk(said, json!([]));
            last["usage"] = usage(said.tokens);
            frames.push(data(&last));
        }
        frames.push("data: [DONE]\n\n".to_owned());
        frames
    }

    fn broken(&self, said: &Said) -> String {
        OpenAi.broken(said)
    }

    fn error(&self, status: u16, message: &str, _: Option<u64>) -> Value {
        json!({"error": {"code": status.to_string(), "message": message}})
    }
}

fn read(body: &Value, model: &str) -> Result<Ask, String> {
    let messages = list(body, "messages", "Input required: specify \"messages\"")?;
    let format = &body["response_format"];
    Ok(Ask {
        model: model.to_owned(),
        stream: body["stream"].as_bool().unwrap_or_default(),
        wants_json: matches!(format["type"].as_str(), Some("json_object" | "json_schema")),
        schema: format["json_schema"]["schema"].clone(),
        wants_usage: body["stream_options"]["include_usage"] == true,
        tool: None,
        texts: messages
            .iter()
            .map(|m| {
                (
                    m["role"].as_str().unwrap_or_default().to_owned(),
                    text_of(&m["content"]),
                )
            })
            .collect(),
        image: image(messages),
    })
}

/// The last picture of the last user message, if that message has one.
fn image(messages: &[Value]) -> Option<Result<Vec<u8>, String>> {
    let last = messages.iter().rfind(|message| message["role"] == "user")?;
    let parts = last["content"].as_array()?;
    let part = parts.iter().rfind(|part| part["type"] == "image_url")?;
    let image = &part["image_url"];
    let url = image["url"].as_str().or(image.as_str()).unwrap_or_default();
    Some(of_url(url))
}

fn of_url(url: &str) -> Result<Vec<u8>, String> {
    let Some(data) = url.strip_prefix("data:") else {
        return Err("image_url must be a data: URL; this machine fetches nothing".into());
    };
    let (kind, encoded) = data.split_once(',').ok_or("the data: URL has no comma")?;
    if !kind.starts_with("image/") || !kind.ends_with(";base64") {
        return Err("the data: URL must be data:image/<type>;base64,<data>".into());
    }
    unpacked(encoded)
}

fn finish(said: &Said, refused: &'static str) -> &'static str {
    match said.finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::Refused => refused,
    }
}

fn frame(said: &Said, object: &str, choices: Value) -> Value {
    json!({
        "id": format!("gen-{}", said.id), "object": object, "model": said.model,
        "created": chrono::Utc::now().timestamp(), "choices": choices,
    })
}

fn chunk(said: &Said, choices: Value) -> Value {
    frame(said, "chat.completion.chunk", choices)
}

fn whole(said: &Said, finish: &str) -> Value {
    let (content, refusal) = match said.finish {
        Finish::Refused => (Value::Null, json!(REFUSAL)),
        _ => (json!(said.content), Value::Null),
    };
    let message = json!({"role": "assistant", "content": content, "refusal": refusal});
    let choice =
        json!([{"index": 0, "logprobs": null, "finish_reason": finish, "message": message}]);
    frame(said, "chat.completion", choice)
}

fn chunks(said: &Said, finish: &str) -> Vec<Value> {
    let choice = |delta: Value, finish: Option<&str>| {
        let choice =
            json!([{"index": 0, "logprobs": null, "finish_reason": finish, "delta": delta}]);
        chunk(said, choice)
    };
    let mut chunks: Vec<Value> = said
        .pieces()
        .iter()
        .map(|piece| choice(json!({"role": "assistant", "content": piece}), None))
        .collect();
    if said.finish == Finish::Refused {
        chunks.push(choice(
            json!({"role": "assistant", "refusal": REFUSAL}),
            None,
        ));
    }
    chunks.push(choice(
        json!({"role": "assistant", "content": ""}),
        Some(finish),
    ));
    chunks
}

fn usage(tokens: Option<(usize, usize)>) -> Value {
    let Some((input, output)) = tokens else {
        return Value::Null;
    };
    json!({
        "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    })
}

/// OpenRouter also tells what it cost, in dollars.
fn priced(said: &Said) -> Value {
    let mut usage = usage(said.tokens);
    if let Some((input, output)) = said.tokens {
        let cost = input as f64 * PRICES.0 + output as f64 * PRICES.1;
        usage["cost"] = json!((cost * 1e9).round() / 1e9);
    }
    usage
}

fn routed(value: &mut Value, _: &Said) {
    value["provider"] = json!("Sandbox");
}

/// Without a `usage` that is not told.
fn cleaned(mut value: Value) -> Value {
    if let Some(fields) = value.as_object_mut()
        && fields.get("usage").is_some_and(Value::is_null)
    {
        fields.remove("usage");
    }
    if let Some(groq) = value.get_mut("x_groq").and_then(Value::as_object_mut)
        && groq.get("usage").is_some_and(Value::is_null)
    {
        groq.remove("usage");
    }
    value
}
