//! Credentials and addresses of the vendors. A vendor without a key is absent, Ollama without an
//! address.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use kernel::env::Env;

/// The settings of AI.
#[derive(Clone, Debug)]
pub struct AiConfig {
    /// The folder of `models.toml` and of `prompts/`.
    pub workflows: PathBuf,
    /// Routes that replace those of `models.toml`, as `vendor:model` separated by commas.
    pub routes: [Option<String>; 3],
    /// The longest silence inside a stream that has begun.
    pub stream_idle: Duration,
    /// The most tokens of a person's earlier messages and readings in a request.
    pub context_tokens: u64,
    pub openrouter: Option<Keyed>,
    pub openai: Option<Keyed>,
    pub azure: Option<AzureConfig>,
    pub anthropic: Option<Keyed>,
    pub gemini: Option<Keyed>,
    pub groq: Option<Keyed>,
    pub ollama: Option<OllamaConfig>,
}

/// A vendor with a key.
#[derive(Clone)]
pub struct Keyed {
    pub api_key: String,
    pub base_url: Url,
}

/// OpenAI's models at Azure.
#[derive(Clone, Debug)]
pub struct AzureConfig {
    pub keyed: Keyed,
    /// Such as `2025-04-01-preview`.
    pub api_version: String,
}

/// A machine of the operator's own.
#[derive(Clone, Debug)]
pub struct OllamaConfig {
    /// It has no key.
    pub at: Keyed,
    /// Size of the context window: tokens of request and answer together.
    pub context: u32,
}

/// Neither the key nor what may stand before the host in an address.
impl std::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyed({})", self.base_url.host_str().unwrap_or_default())
    }
}

impl Keyed {
    fn new(api_key: Option<String>, base_url: Url) -> Option<Self> {
        let api_key = api_key?.trim().to_owned();
        Some(Self { api_key, base_url })
    }

    /// The address of a path below the base.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base_url.as_str().trim_end_matches('/'))
    }

    /// The address of a path of these segments, which are escaped.
    pub(super) fn at(&self, segments: &[&str]) -> Url {
        let mut url = self.base_url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }
}

impl AiConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            workflows: env.or("WORKFLOWS_DIR", PathBuf::from("workflows")),
            routes: [
                env.optional("AI_ROUTE_VISION"),
                env.optional("AI_ROUTE_INTERPRETATION"),
                env.optional("AI_ROUTE_CHAT"),
            ],
            context_tokens: env.within("AI_CONTEXT_TOKENS", 2_000, 0..=32_000),
            stream_idle: Duration::from_secs(env.within("AI_STREAM_IDLE_SECONDS", 20, 1..=600)),
            openrouter: Keyed::new(
                env.optional("OPENROUTER_API_KEY"),
                env.url("OPENROUTER_BASE_URL", "https://openrouter.ai/api/v1"),
            ),
            openai: Keyed::new(
                env.optional("OPENAI_API_KEY"),
                env.url("OPENAI_BASE_URL", "https://api.openai.com/v1"),
            ),
            azure: azure(env),
            anthropic: Keyed::new(
                env.optional("ANTHROPIC_API_KEY"),
                env.url("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
            ),
            gemini: Keyed::new(
                env.optional("GEMINI_API_KEY"),
                env.url(
                    "GEMINI_BASE_URL",
                    "https://generativelanguage.googleapis.com",
                ),
            ),
            groq: Keyed::new(
                env.optional("GROQ_API_KEY"),
                env.url("GROQ_BASE_URL", "https://api.groq.com"),
            ),
            ollama: ollama(env),
        }
    }
}

/// The address is that of the resource, so there is no default.
fn azure(env: &mut Env<'_>) -> Option<AzureConfig> {
    let api_version = env.or("AZURE_OPENAI_API_VERSION", "2025-04-01-preview".to_owned());
    let api_key = env.optional("AZURE_OPENAI_API_KEY");
    if api_key.is_some() {
        env.required(
            "AZURE_OPENAI_ENDPOINT",
            "https://my-resource.openai.azure.com",
        );
    }
    // The default is never used: a missing address is a fault.
    let base_url = env.url("AZURE_OPENAI_ENDPOINT", "https://azure.invalid");
    let keyed = Keyed::new(api_key, base_url)?;
    Some(AzureConfig { keyed, api_version })
}

fn ollama(env: &mut Env<'_>) -> Option<OllamaConfig> {
    let context = env.within("OLLAMA_CONTEXT", 16_384, 2_048..=1_048_576);
    env.optional("OLLAMA_BASE_URL")?;
    let base_url = env.url("OLLAMA_BASE_URL", "http://127.0.0.1:11434");
    Some(OllamaConfig {
        at: Keyed::new(Some(String::new()), base_url)?,
        context: u32::try_from(context).unwrap_or(u32::MAX),
    })
}
