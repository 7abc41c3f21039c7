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

use super::config::OpenRouterConfig;
use super::{Ai, Answer, Purpose, Request};
use crate::error::Error;
use crate::providers::{ProviderError, ProviderErrorKind as Kind};

pub const NAME: &str = "openrouter";

pub(super) struct OpenRouter {
    http: reqwest::Client,
    config: OpenRouterConfig,
}

#[derive(Deserialize)]
struct Completion {
    model: Option<String>,
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Usage>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Choice {
    message: Option<Message>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

#[derive(Deserialize)]
struct Usage {
    /// Not worth losing a paid answer over, so it may be anything.
    total_tokens: Option<Value>,
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
    pub(super) fn new(config: &OpenRouterConfig) -> Result<Self, Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(5))
            .timeout(config.timeout)
            .build()
            .map_err(|why| Error::internal(format!("the HTTP client of {NAME}: {why}")))?;
        Ok(Self {
            http,
            config: config.clone(),
        })
    }

    fn model(&self, purpose: Purpose) -> &str {
        match purpose {
            Purpose::Vision => &self.config.vision_model,
            Purpose::Text => &self.config.text_model,
        }
    }

    fn body(&self, request: &Request) -> Value {
        let (name, schema) = &request.schema;
        let text = json!({ "type": "text", "text": request.user });
        let content = match &request.image {
            None => json!(request.user),
            Some(jpeg) => {
                let url = format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg));
                json!([text, { "type": "image_url", "image_url": { "url": url } }])
            }
        };
        json!({
            "model": self.model(request.purpose),
            "messages": [
                { "role": "system", "content": request.system },
                { "role": "user", "content": content },
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": { "name": name, "strict": true, "schema": schema },
            },
            "usage": { "include": true },
        })
    }
}

#[async_trait]
impl Ai for OpenRouter {
    async fn complete(&self, request: Request) -> Result<Answer, ProviderError> {
        let url = format!(
            "{}/chat/completions",
            self.config.base_url.as_str().trim_end_matches('/')
        );
        let response = self
            .http
            .post(url)
            .bearer_auth(&self.config.api_key)
            .json(&self.body(&request))
            .send()
            .await
            .map_err(|why| ProviderError::of_reqwest(NAME, why))?;
        let response = check_status(response).await?;
        let body = response
            .bytes()
            .await
            .map_err(|why| ProviderError::of_reqwest(NAME, why))?;
        answer(&body, self.model(request.purpose))
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
        content: serde_json::from_str(unfenced(&text))
            .map_err(|why| protocol(format!("the content is not JSON: {why}")))?,
        model: completion.model.unwrap_or_else(|| asked.to_owned()),
        tokens: completion
            .usage
            .and_then(|usage| tokens(usage.total_tokens?)),
    })
}

fn tokens(told: Value) -> Option<u32> {
    told.as_f64()
        .filter(|count| (0.0..4e9).contains(count))
        .map(|count| count as u32)
}

/// Models like to wrap JSON into a Markdown fence, whatever they are told.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inner = text
        .strip_prefix("```json")
        .or_else(|| text.strip_prefix("```"));
    inner
        .and_then(|inner| inner.strip_suffix("```"))
        .unwrap_or(text)
        .trim()
}
