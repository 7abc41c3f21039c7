//! Settings of the bot.

use std::time::Duration;

use url::Url;

use kernel::env::Env;

/// Settings of the Telegram bot.
#[derive(Clone)]
pub struct MessengerConfig {
    /// `<bot id>:<secret>`
    pub bot_token: String,
    pub api_url: Url,
    /// Public address of `POST /v1/webhooks/telegram`; unset: the webhook is left as it is.
    pub webhook_url: Option<Url>,
    /// Telegram sends it with every update; unset: every update is refused.
    pub webhook_secret: Option<String>,
    /// For one call.
    pub timeout: Duration,
    /// Whether people see their reading in the chat while it is being written.
    pub drafts: bool,
}

impl std::fmt::Debug for MessengerConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Telegram({}, webhook {:?})",
            self.api_url,
            self.webhook_url.as_ref().map(Url::as_str)
        )
    }
}

impl MessengerConfig {
    /// The part of the token before the colon, which is the bot's own Telegram id; 0 for a token
    /// of another form.
    pub fn bot_id(&self) -> i64 {
        self.bot_token
            .split(':')
            .next()
            .and_then(|id| id.parse().ok())
            .unwrap_or(0)
    }

    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        Self {
            bot_token: env.required("TELEGRAM_BOT_TOKEN", "123456:the-secret-part"),
            api_url: env.url("TELEGRAM_API_URL", "https://api.telegram.org"),
            webhook_url: env.optional_url("TELEGRAM_WEBHOOK_URL"),
            webhook_secret: env.optional("TELEGRAM_WEBHOOK_SECRET"),
            timeout: Duration::from_secs(env.or("TELEGRAM_TIMEOUT_SECONDS", 20)),
            drafts: env.or("TELEGRAM_DRAFTS", true),
        }
    }
}
