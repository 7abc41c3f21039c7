//! OpenRouter's chat completions, over HTTP.
//!
//! Source: <https://openrouter.ai/docs/api-reference/chat-completion>. Errors may come as a
//! status, or as a 200 with an `error` inside.

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::Response;
use reqwest::header::RETRY_AFTER;
use serde::Deserialize;
use serde_json::{Value, json};

use super::config::Keyed;
use super::{Ai, Answer, Call, Finish, Role, Usage};
use crate::error::Error;
use crate::providers::{ProviderError, ProviderErrorKind as Kind};

pub const NAME: &str = "openrouter";

pub(super) struct OpenRouter {
    http: reqwest::Client,
    config: Keyed,
}

#[derive(Deserialize)]
struct Completion {
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Used>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Choice {
    message: Option<Said>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<String>,
}

#[derive(Deserialize)]
struct Used {
    /// Not worth losing a paid answer over, so it may be anything.
    prompt_tokens: Option<Value>,
    completion_tokens: Option<Value>,
    cost: Option<f64>,
}

#[derive(Deserialize)]
struct Fault {
    code: Option<Value>,
    #[serde(default)]
    message: String,
    #[serde(default)]
    metadata: Value,
}

impl OpenRouter {
    pub(super) fn new(config: &Keyed) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .build()
            .map_err(|why| Error::internal(format!("the HTTP client of {NAME}: {why}")))?;
        Ok(Self {
            http,
            config: config.clone(),
        })
    }

    fn body(&self, call: &Call) -> Value {
        let request = &call.request;
        let mut messages = vec![json!({ "role": "system", "content": request.system })];
        messages.extend(request.messages.iter().map(message));
        let mut body = json!({
            "model": call.model,
            "messages": messages,
            "max_tokens": call.max_output,
            "usage": { "include": true },
        });
        if let Some(schema) = &request.schema {
            body["response_format"] = json!({
                "type": "json_schema",
                "json_schema": { "name": schema.name, "strict": true, "schema": schema.schema },
            });
        }
        body
    }
}

fn message(message: &super::Message) -> Value {
    let role = match message.role {
        Role::User => "user",
        Role::Assistant => "assistant",
    };
    let content = match &message.image {
        None => json!(message.text),
        Some(jpeg) => {
            let url = format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg));
            json!([
                { "type": "text", "text": message.text },
                { "type": "image_url", "image_url": { "url": url } },
            ])
        }
    };
    json!({ "role": role, "content": content })
}

#[async_trait]
impl Ai for OpenRouter {
    async fn complete(&self, call: Call) -> Result<Answer, ProviderError> {
        let response = self
            .http
            .post(self.config.url("chat/completions"))
            .timeout(call.timeout)
            .bearer_auth(&self.config.api_key)
            .json(&self.body(&call))
            .send()
            .await
            .map_err(|why| ProviderError::of_reqwest(NAME, why))?;
        let response = check_status(response).await?;
        let body = response
            .bytes()
            .await
            .map_err(|why| ProviderError::of_reqwest(NAME, why))?;
        answer(&body, &call.model)
    }
}

async fn check_status(response: Response) -> Result<Response, ProviderError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let (status, body) = (status.as_u16(), response.bytes().await.unwrap_or_default());
    let completion = serde_json::from_slice::<Completion>(&body).ok();
    Err(match completion.and_then(|completion| completion.error) {
        Some(fault) => of_fault(status, after, &fault),
        None => failed(status, after, &String::from_utf8_lossy(&body)),
    })
}

fn failed(status: u16, after: Option<Duration>, said: &str) -> ProviderError {
    let said: String = said.chars().take(500).collect();
    ProviderError::new(NAME, kind_of(status, after), format!("{status}: {said}"))
}

/// Of a fault only the message is told: the metadata may quote what a person wrote.
fn of_fault(status: u16, after: Option<Duration>, fault: &Fault) -> ProviderError {
    let error = failed(status, after, &fault.message);
    // Moderation refuses what was asked; any other 403 is about the key and its budget.
    if status == 403 && fault.metadata.get("reasons").is_some() {
        return ProviderError {
            kind: Kind::Rejected,
            ..error
        };
    }
    error
}

fn kind_of(status: u16, after: Option<Duration>) -> Kind {
    match (status, after) {
        // With Retry-After, 402 is a budget of requests under way, 503 a provider that is busy.
        (429, _) | (402 | 503, Some(_)) => Kind::RateLimited(after),
        (408, _) => Kind::Timeout,
        // 404 is a model that was withdrawn: like a bad key, for an operator to mend.
        (401..=404, _) => Kind::Auth,
        (400..=499, _) => Kind::Rejected,
        _ => Kind::Transient,
    }
}

fn answer(body: &[u8], asked: &str) -> Result<Answer, ProviderError> {
    let protocol = |why: String| ProviderError::new(NAME, Kind::Protocol, why);
    let completion: Completion =
        serde_json::from_slice(body).map_err(|why| protocol(format!("not a completion: {why}")))?;
    let choice = completion.choices.into_iter().next();
    let (message, inner) = choice.map_or((None, None), |choice| (choice.message, choice.error));
    if let Some(fault) = completion.error.or(inner) {
        let status = fault.code.as_ref().and_then(Value::as_u64).unwrap_or(500);
        let status = u16::try_from(status).unwrap_or(500);
        return Err(of_fault(status, None, &fault));
    }
    let text = message
        .and_then(|message| message.content)
        .ok_or_else(|| protocol("a completion without content".to_owned()))?;
    Ok(Answer {
        text,
        model: completion.model.unwrap_or_else(|| asked.to_owned()),
        finish: Finish::Stop,
        usage: completion.usage.and_then(|usage| {
            Some(Usage {
                input_tokens: tokens(usage.prompt_tokens?)?,
                output_tokens: tokens(usage.completion_tokens?)?,
                cost_micro_usd: usage.cost.map(|cost| (cost * 1e6 - 1e-6).ceil() as i64),
            })
        }),
    })
}

fn tokens(told: Value) -> Option<u32> {
    told.as_f64()
        .filter(|count| (0.0..4e9).contains(count))
        .map(|count| count as u32)
}
