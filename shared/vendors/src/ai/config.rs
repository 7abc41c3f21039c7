//! Credentials and addresses of the vendors. A vendor without a key is absent, Ollama without an
//! address.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use kernel::env::{Env, Section, Setting, Spelling};
use kernel::networks::is_loopback;

use super::ollama_host;

const OPENROUTER_KEY: Setting = Setting::optional(
    "OPENROUTER_API_KEY",
    "sk-or-v1-...",
    "Key of OpenRouter. Every vendor whose key is set may be asked, in the order of the routes in workflows/models.toml; \
     without any, the offline reader reads. Not set: it is not asked.",
)
.secret();
const OPENROUTER_URL: Setting = Setting::new(
    "OPENROUTER_BASE_URL",
    "https://openrouter.ai/api/v1",
    "Where OpenRouter is.",
);
const OPENAI_KEY: Setting = Setting::optional(
    "OPENAI_API_KEY",
    "sk-...",
    "Key of OpenAI. Not set: it is not asked.",
)
.secret();
const OPENAI_URL: Setting = Setting::new(
    "OPENAI_BASE_URL",
    "https://api.openai.com/v1",
    "Where OpenAI is.",
);
const AZURE_KEY: Setting = Setting::optional(
    "AZURE_OPENAI_API_KEY",
    "0123456789abcdef",
    "Key of Azure, which needs the address of your resource as well; what it deploys stands in workflows/models.toml. \
     Not set: it is not asked.",
)
.secret();
const AZURE_URL: Setting = Setting::optional(
    "AZURE_OPENAI_ENDPOINT",
    "https://my-resource.openai.azure.com",
    "The address of your resource. Not set: a fault if there is a key of Azure.",
);
const AZURE_VERSION: Setting = Setting::new(
    "AZURE_OPENAI_API_VERSION",
    "2025-04-01-preview",
    "The version of Azure's API.",
);
const ANTHROPIC_KEY: Setting = Setting::optional(
    "ANTHROPIC_API_KEY",
    "sk-ant-...",
    "Key of Anthropic. Not set: it is not asked.",
)
.secret();
const ANTHROPIC_URL: Setting = Setting::new(
    "ANTHROPIC_BASE_URL",
    "https://api.anthropic.com",
    "Where Anthropic is.",
);
const GEMINI_KEY: Setting = Setting::optional(
    "GEMINI_API_KEY",
    "AIza...",
    "Key of Gemini. Not set: it is not asked.",
)
.secret()
.also(&[Spelling::same("GOOGLE_API_KEY")]);
const GEMINI_URL: Setting = Setting::new(
    "GEMINI_BASE_URL",
    "https://generativelanguage.googleapis.com",
    "Where Gemini is.",
);
const GROQ_KEY: Setting = Setting::optional(
    "GROQ_API_KEY",
    "gsk_...",
    "Key of Groq. Not set: it is not asked.",
)
.secret();
const GROQ_URL: Setting = Setting::new("GROQ_BASE_URL", "https://api.groq.com", "Where Groq is.");
const OLLAMA_URL: Setting = Setting::optional(
    "OLLAMA_BASE_URL",
    "http://127.0.0.1:11434",
    "Where Ollama is; it has no key. Not set: Ollama is not asked.",
)
.also(&[Spelling::converted(
    "OLLAMA_HOST",
    "as Ollama reads it",
    ollama_host::url,
)]);
const OLLAMA_CONTEXT: Setting = Setting::new(
    "OLLAMA_CONTEXT",
    "16384",
    "Tokens of request and answer together for which Ollama makes room; more takes more memory.",
);
const WORKFLOWS: Setting = Setting::new(
    "WORKFLOWS_DIR",
    "workflows",
    "The folder of models.toml and of the prompts.",
);
const ROUTE_VISION: Setting = Setting::optional(
    "AI_ROUTE_VISION",
    "gemini:gemini-3.5-flash-lite,ollama:gemma4",
    "Another route for photos: vendor:model, separated by commas. Not set: that of models.toml.",
);
const ROUTE_INTERPRETATION: Setting = Setting::optional(
    "AI_ROUTE_INTERPRETATION",
    "anthropic:claude-haiku-5-5",
    "The same for readings. Not set: that of models.toml.",
);
const ROUTE_CHAT: Setting = Setting::optional(
    "AI_ROUTE_CHAT",
    "groq:openai/gpt-oss-120b",
    "The same for questions. Not set: that of models.toml.",
);
const STREAM_IDLE: Setting = Setting::new(
    "AI_STREAM_IDLE_SECONDS",
    "20",
    "The longest silence in the middle of an answer that is streamed.",
);
const CONTEXT_TOKENS: Setting = Setting::new(
    "AI_CONTEXT_TOKENS",
    "2000",
    "Tokens of earlier readings and messages that go with a request (0: none).",
);

pub const SETTINGS: Section = Section {
    title: "AI: vendors and models",
    settings: &[
        OPENROUTER_KEY,
        OPENROUTER_URL,
        OPENAI_KEY,
        OPENAI_URL,
        AZURE_KEY,
        AZURE_URL,
        AZURE_VERSION,
        ANTHROPIC_KEY,
        ANTHROPIC_URL,
        GEMINI_KEY,
        GEMINI_URL,
        GROQ_KEY,
        GROQ_URL,
        OLLAMA_URL,
        OLLAMA_CONTEXT,
        WORKFLOWS,
        ROUTE_VISION,
        ROUTE_INTERPRETATION,
        ROUTE_CHAT,
        STREAM_IDLE,
        CONTEXT_TOKENS,
    ],
};

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
    fn read(env: &mut Env<'_>, key: &Setting, url: &Setting) -> Option<Self> {
        // A model elsewhere makes no deployment: `make run` with a key of one's own stays on this machine.
        let base_url = env.url_anywhere(url);
        let api_key = env.optional(key)?;
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
    /// Whether a vendor that sends bills is asked. The sandbox and Ollama do not.
    pub fn is_paid(&self) -> bool {
        let azure = self.azure.as_ref().map(|azure| &azure.keyed);
        let keyed = [
            &self.openrouter,
            &self.openai,
            &self.anthropic,
            &self.gemini,
            &self.groq,
        ];
        let mut keyed = keyed.into_iter().flatten().chain(azure);
        keyed.any(|one| !one.base_url.host_str().is_some_and(is_loopback))
    }

    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            workflows: env.value(&WORKFLOWS),
            routes: [
                env.optional(&ROUTE_VISION),
                env.optional(&ROUTE_INTERPRETATION),
                env.optional(&ROUTE_CHAT),
            ],
            context_tokens: env.within(&CONTEXT_TOKENS, 0..=32_000),
            stream_idle: Duration::from_secs(env.within(&STREAM_IDLE, 1..=600)),
            openrouter: Keyed::read(env, &OPENROUTER_KEY, &OPENROUTER_URL),
            openai: Keyed::read(env, &OPENAI_KEY, &OPENAI_URL),
            azure: azure(env),
            anthropic: Keyed::read(env, &ANTHROPIC_KEY, &ANTHROPIC_URL),
            gemini: Keyed::read(env, &GEMINI_KEY, &GEMINI_URL),
            groq: Keyed::read(env, &GROQ_KEY, &GROQ_URL),
            ollama: ollama(env),
        }
    }
}

/// The address is that of the resource, so there is no default.
fn azure(env: &mut Env<'_>) -> Option<AzureConfig> {
    let api_version = env.value(&AZURE_VERSION);
    let base_url = env.optional_url_anywhere(&AZURE_URL);
    let api_key = env.optional(&AZURE_KEY)?;
    env.required(&AZURE_URL);
    let keyed = Keyed {
        api_key,
        base_url: base_url?,
    };
    Some(AzureConfig { keyed, api_version })
}

fn ollama(env: &mut Env<'_>) -> Option<OllamaConfig> {
    let context = env.within(&OLLAMA_CONTEXT, 2_048..=1_048_576);
    let at = Keyed {
        api_key: String::new(),
        base_url: env.optional_url_anywhere(&OLLAMA_URL)?,
    };
    Some(OllamaConfig {
        at,
        context: u32::try_from(context).unwrap_or(u32::MAX),
    })
}
