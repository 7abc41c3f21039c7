//! Settings of the payment gateways.

use std::time::Duration;

use url::Url;

use kernel::env::Env;

/// The gateways that are configured.
#[derive(Clone, Debug)]
pub struct PaymentConfig {
    /// T-Bank (once Tinkoff).
    pub tinkoff: Option<TinkoffConfig>,
}

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

impl PaymentConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let (terminal, secret) = (
            env.optional("TINKOFF_TERMINAL_KEY"),
            env.optional("TINKOFF_SECRET_KEY"),
        );
        let api_url = env.url("TINKOFF_API_URL", "https://securepay.tinkoff.ru/v2");
        let notification_url = env.optional_url("TINKOFF_NOTIFICATION_URL");
        let timeout = Duration::from_secs(env.within("TINKOFF_TIMEOUT_SECONDS", 15, 1..=60));
        if terminal.is_none() && secret.is_none() {
            return Self { tinkoff: None };
        }
        // Half of a credential must fail at start, not with the first buyer.
        Self {
            tinkoff: Some(TinkoffConfig {
                terminal_key: env.required("TINKOFF_TERMINAL_KEY", "1234567890123"),
                secret_key: env.required("TINKOFF_SECRET_KEY", "the terminal's password"),
                api_url,
                notification_url,
                timeout,
            }),
        }
    }
}
