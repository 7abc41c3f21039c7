//! Settings of the bot.

use std::time::Duration;

use url::Url;

use kernel::env::{Env, Section, Setting};

const BOT_TOKEN: Setting = Setting::required(
    "TELEGRAM_BOT_TOKEN",
    "123456:the-secret-part",
    "The bot's token, from @BotFather.",
)
.secret();
const API_URL: Setting = Setting::new(
    "TELEGRAM_API_URL",
    "https://api.telegram.org",
    "Where the Bot API is.",
);
const WEBHOOK_URL: Setting = Setting::optional(
    "TELEGRAM_WEBHOOK_URL",
    "https://api.example.com/v1/webhooks/telegram",
    "Our public address for Telegram's calls, which the API registers. Not set: the webhook is left \
     as it is.",
);
const WEBHOOK_SECRET: Setting = Setting::optional(
    "TELEGRAM_WEBHOOK_SECRET",
    "a-long-random-text",
    "The secret that proves that those calls come from Telegram. Needed with an address. \
     Not set: each of them is refused.",
)
.chosen_secret();
const WEBHOOK_SECRET_ALSO: Setting = Setting::optional(
    "TELEGRAM_WEBHOOK_SECRET_ALSO",
    "the-one-before-this-one",
    "A second value that is accepted as TELEGRAM_WEBHOOK_SECRET is, while it is rotated (docs/SECRETS.md). \
     Not set: none.",
)
.chosen_secret();
const TIMEOUT: Setting = Setting::new(
    "TELEGRAM_TIMEOUT_SECONDS",
    "20",
    "For one call of the Bot API.",
);
const DRAFTS: Setting = Setting::new(
    "TELEGRAM_DRAFTS",
    "true",
    "Whether people see their reading in the chat while it is being written (`sendMessageDraft`).",
);

pub const SETTINGS: Section = Section {
    title: "Telegram",
    settings: &[
        BOT_TOKEN,
        API_URL,
        WEBHOOK_URL,
        WEBHOOK_SECRET,
        WEBHOOK_SECRET_ALSO,
        TIMEOUT,
        DRAFTS,
    ],
};

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
    /// A second one that is accepted, while it is rotated; Telegram is never told of it.
    pub webhook_secret_also: Option<String>,
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
        let webhook_url = env.optional_url(&WEBHOOK_URL);
        let webhook_secret = match webhook_url {
            // Telegram would be told to call, and each call would be refused.
            Some(_) => Some(env.required(&WEBHOOK_SECRET)),
            None => env.optional(&WEBHOOK_SECRET),
        };
        Self {
            bot_token: env.required(&BOT_TOKEN),
            api_url: env.url(&API_URL),
            webhook_url,
            webhook_secret,
            webhook_secret_also: env.optional(&WEBHOOK_SECRET_ALSO),
            timeout: Duration::from_secs(env.value(&TIMEOUT)),
            drafts: env.value(&DRAFTS),
        }
    }
}
