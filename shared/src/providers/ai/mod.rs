//! AI: one prompt in, one answer out.

mod config;
mod openrouter;

pub use openrouter::NAME as OPENROUTER;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use config::AiConfig;

use crate::error::Error;
use crate::providers::ProviderError;

/// Somebody who answers prompts.
#[async_trait]
pub trait Ai: Send + Sync {
    /// Answers one request. Costs money: store the answer before anything else is done.
    async fn complete(&self, request: Request) -> Result<Answer, ProviderError>;
}

/// What the answer is for; decides the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// See what is in a picture.
    Vision,
    /// Write a text.
    Text,
}

impl Purpose {
    /// The value of the label `type` in the metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vision => "vision",
            Self::Text => "text",
        }
    }
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    pub purpose: Purpose,
    /// Our instructions.
    pub system: String,
    /// The material; words of people stand only here.
    pub user: String,
    /// A JPEG that goes with it.
    pub image: Option<Bytes>,
    /// Form of the answer: a name and a JSON schema.
    pub schema: (&'static str, Value),
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// JSON by the schema; not validated yet.
    pub content: Value,
    /// The model that really answered.
    pub model: String,
    /// Tokens of prompt and answer together, as the provider reports them.
    pub tokens: Option<u32>,
}

/// The provider that the configuration names.
///
/// # Errors
/// `Internal` if its HTTP client cannot be built.
pub fn build(config: &AiConfig) -> Result<Arc<dyn Ai>, Error> {
    Ok(match config {
        AiConfig::OpenRouter(config) => Arc::new(openrouter::OpenRouter::new(config)?),
        AiConfig::Disabled => Arc::new(Disabled),
    })
}

/// No provider is set up: every request fails, and may be tried again once one is.
struct Disabled;

#[async_trait]
impl Ai for Disabled {
    async fn complete(&self, _: Request) -> Result<Answer, ProviderError> {
        Err(ProviderError::new(
            "ai",
            crate::providers::ProviderErrorKind::Auth,
            "no AI provider is configured (OPENROUTER_API_KEY is not set)",
        ))
    }
}
