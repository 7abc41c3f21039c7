//! Which AI provider, which models.

use std::time::Duration;

use url::Url;

use crate::config::Env;

/// The provider and its settings.
#[derive(Clone, Debug)]
pub enum AiConfig {
    /// OpenRouter, or whoever speaks its protocol.
    OpenRouter(OpenRouterConfig),
    /// No key is set.
    Disabled,
}

/// Settings of OpenRouter.
#[derive(Clone)]
pub struct OpenRouterConfig {
    pub api_key: String,
    pub base_url: Url,
    pub vision_model: String,
    pub text_model: String,
    /// For one call, from connecting to the last byte.
    pub timeout: Duration,
}

impl std::fmt::Debug for OpenRouterConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "OpenRouter({}, {}, {})",
            self.base_url, self.vision_model, self.text_model
        )
    }
}

impl AiConfig {
    /// The default models are the design document's (section 14.3).
    pub(crate) fn read(env: &mut Env<'_>) -> Self {
        let api_key = env.optional("OPENROUTER_API_KEY");
        let config = OpenRouterConfig {
            base_url: env.url("OPENROUTER_BASE_URL", "https://openrouter.ai/api/v1"),
            vision_model: env.or(
                "OPENROUTER_VISION_MODEL",
                "deepcogito/cogito-v2-preview-llama-109b-moe".to_owned(),
            ),
            text_model: env.or(
                "OPENROUTER_TEXT_MODEL",
                "qwen/qwen-2.5-72b-instruct".to_owned(),
            ),
            timeout: Duration::from_secs(env.within("OPENROUTER_TIMEOUT_SECONDS", 60, 1..=300)),
            api_key: api_key.clone().unwrap_or_default(),
        };
        if api_key.is_some() {
            Self::OpenRouter(config)
        } else {
            Self::Disabled
        }
    }
}
