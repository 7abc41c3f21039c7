//! Settings of T-Bank.

use std::time::Duration;

use url::Url;

use kernel::env::{Env, Section, Setting};

const TERMINAL_KEY: Setting = Setting::optional(
    "TINKOFF_TERMINAL_KEY",
    "1234567890123",
    "The terminal of T-Bank. Not set, nor its password: payments in roubles are refused.",
);
const SECRET_KEY: Setting = Setting::optional(
    "TINKOFF_SECRET_KEY",
    "the terminal's password",
    "The terminal's password. Not set: a fault if there is a terminal.",
)
.secret();
const API_URL: Setting = Setting::new(
    "TINKOFF_API_URL",
    "https://securepay.tinkoff.ru/v2",
    "Where the bank is.",
);
const NOTIFICATION_URL: Setting = Setting::optional(
    "TINKOFF_NOTIFICATION_URL",
    "https://api.example.com/v1/webhooks/payments/tinkoff",
    "Our public address for the bank's notifications. Not set: that of the terminal's own settings.",
);
const TIMEOUT: Setting = Setting::new("TINKOFF_TIMEOUT_SECONDS", "15", "For one call of the bank.");

pub const SETTINGS: Section = Section {
    title: "Payments: T-Bank",
    settings: &[TERMINAL_KEY, SECRET_KEY, API_URL, NOTIFICATION_URL, TIMEOUT],
};

/// Settings of a terminal of T-Bank.
#[derive(Clone)]
pub struct TinkoffConfig {
    pub terminal_key: String,
    /// The terminal's password.
    pub secret_key: String,
    pub api_url: Url,
    /// Public address of `POST /v1/webhooks/payments/tinkoff`; unset: that of the terminal's own
    /// settings.
    pub notification_url: Option<Url>,
    /// For one call.
    pub timeout: Duration,
}

impl std::fmt::Debug for TinkoffConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tinkoff({}, {})", self.api_url, self.terminal_key)
    }
}

impl TinkoffConfig {
    /// Reads it; faults are kept in `env`. `None`: there is no terminal.
    pub(in crate::payment) fn read(env: &mut Env<'_>) -> Option<Self> {
        let (terminal, secret) = (env.optional(&TERMINAL_KEY), env.optional(&SECRET_KEY));
        let api_url = env.url_anywhere(&API_URL);
        let notification_url = env.optional_url(&NOTIFICATION_URL);
        let timeout = Duration::from_secs(env.within(&TIMEOUT, 1..=60));
        if terminal.is_none() && secret.is_none() {
            return None;
        }
        env.leads_to(&API_URL, &api_url);
        // Half of a credential must fail at start, not with the first buyer.
        Some(Self {
            terminal_key: env.required(&TERMINAL_KEY),
            secret_key: env.required(&SECRET_KEY),
            api_url,
            notification_url,
            timeout,
        })
    }
}
