//! AI: one request in, one answer out, over each vendor's own wire protocol.
//!
//! A vendor knows nothing of routes, retries, money or health: it makes one call and returns how it
//! ended. Which vendor is asked, how often, and what an answer costs is decided by
//! `worker/src/ai/`, by the rules of `shared/ai/`.

mod anthropic;
mod azure;
mod body;
pub mod catalogue;
mod client;
mod completions;
mod config;
mod draft;
mod fault;
mod gemini;
mod groq;
mod mend;
mod offline;
mod ollama;
mod ollama_host;
mod openai;
pub mod openrouter;
mod patience;
mod sse;
mod tokens;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::mpsc;

use client::{Client, Wire};
pub use config::{AiConfig, SETTINGS};
/// What a request for a reading is about, and how it stands in a message: the same for all vendors.
pub mod reading {
    pub use reader::request::{Earlier, Message, OPENING, Request, Vision};
    pub use reader::{Focus, Language, Pattern, Reading, Section};
}

/// For the crate `fuzz`: what the bytes of vendors reach. No part of the interface.
#[doc(hidden)]
pub mod inside {
    pub use super::sse::{Frames, Framing};
}

use crate::{ProviderError, ProviderErrorKind, Service, http};
use kernel::error::{Error, ErrorCode};

/// The service of AI in errors.
pub const SERVICE: &Service = &Service::new("ai", code);

fn code(kind: ProviderErrorKind) -> ErrorCode {
    match kind {
        ProviderErrorKind::Timeout => crate::codes::AI_TIMEOUT,
        ProviderErrorKind::Refused => crate::codes::NSFW_CONTENT_DETECTED,
        ProviderErrorKind::RateLimited(_) => crate::codes::AI_RATE_LIMIT,
        ProviderErrorKind::Protocol => crate::codes::AI_INVALID_RESPONSE,
        ProviderErrorKind::Transient
        | ProviderErrorKind::Interrupted
        | ProviderErrorKind::NotReady
        | ProviderErrorKind::Rejected
        | ProviderErrorKind::TooLong
        | ProviderErrorKind::Auth
        | ProviderErrorKind::RecipientGone
        | ProviderErrorKind::Withdrawn => crate::codes::AI_UNAVAILABLE,
    }
}

/// A vendor of AI.
#[async_trait]
pub trait Ai: Send + Sync {
    /// Answers one request, by one call. Costs money: store the outcome before anything else.
    ///
    /// With [`Call::pieces`] the text is passed on as it comes; the answer contains all of it. The
    /// call ends within [`Call::timeout`], from connecting to the last byte.
    ///
    /// # Errors
    /// By kind: after `Timeout`, `Interrupted` and `Protocol` the call may be paid for; after all
    /// others nothing is owed.
    async fn complete(&self, call: Call) -> Result<Answer, ProviderError>;
}

/// The vendors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Vendor {
    OpenRouter,
    OpenAi,
    Azure,
    Anthropic,
    Gemini,
    Groq,
    Ollama,
    /// The reader that needs no network (`reader/`).
    Offline,
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::OpenRouter,
        Self::OpenAi,
        Self::Azure,
        Self::Anthropic,
        Self::Gemini,
        Self::Groq,
        Self::Ollama,
        Self::Offline,
    ];

    /// The name in errors, metrics, tables and routes.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenRouter => "openrouter",
            Self::OpenAi => "openai",
            Self::Azure => "azure",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Groq => "groq",
            Self::Ollama => "ollama",
            Self::Offline => "offline",
        }
    }

    /// The vendor of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vendor| vendor.name() == name)
    }

    /// A failure of a call to it.
    pub fn error(self, kind: ProviderErrorKind, message: impl Into<String>) -> ProviderError {
        ProviderError::new(SERVICE, self.name(), kind, message)
    }
}

impl fmt::Display for Vendor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What an answer is for: each has a route of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// See what is in a picture.
    Vision,
    /// Write a reading.
    Interpretation,
    /// Answer a person's question.
    Chat,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Vision, Self::Interpretation, Self::Chat];

    /// The name in metrics, tables and routes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vision => "vision",
            Self::Interpretation => "interpretation",
            Self::Chat => "chat",
        }
    }
}

/// One call: what is asked, and of which model.
#[derive(Clone, Debug)]
pub struct Call {
    /// The vendor's name of the model.
    pub model: String,
    pub request: Arc<Request>,
    /// The most tokens that the answer may have.
    pub max_output: u32,
    /// For the whole call.
    pub timeout: Duration,
    /// Where the text goes as it comes.
    pub pieces: Option<Pieces>,
}

/// Takes an answer as it comes. The receiver may be gone.
pub type Pieces = mpsc::UnboundedSender<Piece>;

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Another call begins: what came before is void. Sent by the router, not by vendors.
    Begin,
    /// The next characters.
    Text(String),
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    pub step: Step,
    /// Our instructions.
    pub system: String,
    /// The conversation, beginning with the user. Words of people stand only here.
    pub messages: Vec<Message>,
    /// Form of the answer; `None`: free text.
    pub schema: Option<Schema>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub role: Role,
    pub text: String,
    /// A JPEG that goes with it; only of the user.
    pub image: Option<Bytes>,
}

impl Message {
    /// A message to the AI.
    pub fn user(text: impl Into<String>) -> Self {
        Self {
            role: Role::User,
            text: text.into(),
            image: None,
        }
    }

    /// A message of the AI.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self {
            role: Role::Assistant,
            ..Self::user(text)
        }
    }
}

/// The author of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    User,
    Assistant,
}

/// A JSON schema in the part of the language that all vendors take: objects whose properties are all
/// required, without others; arrays; strings, some with `enum`; numbers; booleans.
#[derive(Clone, Debug, PartialEq)]
pub struct Schema {
    /// Letters, digits, `_` and `-`; 64 at most.
    pub name: &'static str,
    pub schema: Value,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// As it came: JSON by the schema, if there is one and the model keeps to it.
    pub text: String,
    /// The model that really answered.
    pub model: String,
    pub finish: Finish,
    /// `None` if the vendor did not report it.
    pub usage: Option<Usage>,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Finish {
    /// It was complete.
    Stop,
    /// It is cut: it would have become longer than `max_output`.
    Length,
    /// The model, or a filter in front of it, will not answer this.
    Refused,
}

/// What a call used, as the vendor reports it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Including what came from a cache.
    pub input_tokens: u32,
    /// Including the tokens of thoughts.
    pub output_tokens: u32,
    /// The cost that the vendor reports, in millionths of a dollar, rounded up. Only some do.
    pub cost_micro_usd: Option<i64>,
}

impl Answer {
    /// Tokens of request and answer together.
    pub fn tokens(&self) -> Option<u32> {
        self.usage
            .map(|usage| usage.input_tokens.saturating_add(usage.output_tokens))
    }

    /// The answer as JSON. Models put thoughts, words and Markdown fences around it, although the
    /// instructions forbid it.
    ///
    /// # Errors
    /// Why there is no JSON in it.
    pub fn json(&self) -> Result<Value, String> {
        mend::json(&self.text)
    }
}

/// The vendors that are configured. One without a key is not among them; the offline reader needs none.
#[derive(Clone, Default)]
pub struct Vendors(BTreeMap<Vendor, Arc<dyn Ai>>);

impl Vendors {
    /// The vendors that the configuration has credentials for.
    ///
    /// # Errors
    /// `Internal` if an HTTP client cannot be built.
    pub fn new(config: &AiConfig) -> Result<Self, Error> {
        // Each call has its own timeout, because steps and models differ.
        let (http, idle) = (http::client(None)?, config.stream_idle);
        let mut vendors = Self::default();
        vendors
            .0
            .insert(Vendor::Offline, Arc::new(offline::Offline));
        vendors.add(
            &http,
            idle,
            config.openrouter.clone().map(openrouter::OpenRouter),
        );
        vendors.add(&http, idle, config.openai.clone().map(openai::OpenAi));
        vendors.add(&http, idle, config.azure.clone().map(azure::Azure));
        vendors.add(
            &http,
            idle,
            config.anthropic.clone().map(anthropic::Anthropic),
        );
        vendors.add(&http, idle, config.gemini.clone().map(gemini::Gemini));
        vendors.add(&http, idle, config.groq.clone().map(groq::Groq));
        vendors.add(&http, idle, config.ollama.clone().map(ollama::Ollama));
        Ok(vendors)
    }

    fn add<W: Wire + 'static>(&mut self, http: &reqwest::Client, idle: Duration, wire: Option<W>) {
        if let Some(wire) = wire {
            let http = http.clone();
            self.0
                .insert(W::VENDOR, Arc::new(Client { http, wire, idle }));
        }
    }

    /// The vendor, if it is configured.
    pub fn get(&self, vendor: Vendor) -> Option<&Arc<dyn Ai>> {
        self.0.get(&vendor)
    }

    /// Those that are configured.
    pub fn names(&self) -> impl Iterator<Item = Vendor> + '_ {
        self.0.keys().copied()
    }
}
