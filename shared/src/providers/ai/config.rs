//! Credentials and addresses of the vendors. One without a key is absent.

use std::path::PathBuf;

use url::Url;

use crate::config::Env;

/// What the environment says about AI.
#[derive(Clone, Debug)]
pub struct AiConfig {
    /// The folder of `models.toml` and of `prompts/`.
    pub workflows: PathBuf,
    /// Routes that replace those of `models.toml`, as `vendor:model` separated by commas.
    pub routes: [Option<String>; 3],
    /// The most tokens of what is remembered of a person that goes with a request.
    pub context_tokens: usize,
    pub openrouter: Option<Keyed>,
}

/// A vendor with a key.
#[derive(Clone)]
pub struct Keyed {
    pub api_key: String,
    pub base_url: Url,
}

impl std::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keyed({})", self.base_url)
    }
}

impl Keyed {
    /// A vendor whose variables begin with `name`; `None` without a key.
    fn read(env: &mut Env<'_>, name: &str, base_url: &str) -> Option<Self> {
        let base_url = env.url(&format!("{name}_BASE_URL"), base_url);
        let api_key = env.optional(&format!("{name}_API_KEY"))?;
        Some(Self { api_key, base_url })
    }

    /// The address of a path below the base.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.base_url.as_str().trim_end_matches('/'))
    }
}

impl AiConfig {
    pub(crate) fn read(env: &mut Env<'_>) -> Self {
        Self {
            workflows: env.or("WORKFLOWS_DIR", PathBuf::from("workflows")),
            routes: [
                env.optional("AI_ROUTE_VISION"),
                env.optional("AI_ROUTE_INTERPRETATION"),
                env.optional("AI_ROUTE_CHAT"),
            ],
            context_tokens: env.or("AI_CONTEXT_TOKENS", 2_000),
            openrouter: Keyed::read(env, "OPENROUTER", "https://openrouter.ai/api/v1"),
        }
    }
}
