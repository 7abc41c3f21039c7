//! Settings of BTCPay Server.

use std::time::Duration;

use url::Url;

use kernel::env::{Env, Section, Setting};

const SERVER: Setting = Setting::optional(
    "BTCPAY_URL",
    "https://btcpay.example.com",
    "The operator's BTCPay Server. Not set, nor its store and key: payments in crypto are refused.",
);
const STORE_ID: Setting = Setting::optional(
    "BTCPAY_STORE_ID",
    "CYFmq6w9vLnWTnEFFAJWpYnfAvxZsqkvpHcTzHjqrDgE",
    "The store of BTCPay Server. Not set: a fault if there is a server.",
);
const API_KEY: Setting = Setting::optional(
    "BTCPAY_API_KEY",
    "a key of the store",
    "May view and create invoices, and manage pull payments, of this store. Not set: a fault if there is a server.",
)
.secret();
const WEBHOOK_SECRET: Setting = Setting::optional(
    "BTCPAY_WEBHOOK_SECRET",
    "the secret of the store's webhook",
    "Of the webhook that leads to /v1/webhooks/payments/btcpay. Not set: a fault if there is a server.",
)
.secret();
const TIMEOUT: Setting = Setting::new(
    "BTCPAY_TIMEOUT_SECONDS",
    "15",
    "For one call of BTCPay Server.",
);

pub const SETTINGS: Section = Section {
    title: "Payments: BTCPay Server",
    settings: &[SERVER, STORE_ID, API_KEY, WEBHOOK_SECRET, TIMEOUT],
};

/// Settings of a store of BTCPay Server.
#[derive(Clone)]
pub struct BtcpayConfig {
    /// Without the path of its API.
    pub url: Url,
    pub store_id: String,
    pub api_key: String,
    /// What its calls of our webhook are signed with.
    pub webhook_secret: String,
    /// For one call.
    pub timeout: Duration,
}

impl std::fmt::Debug for BtcpayConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Btcpay({}, {})", self.url, self.store_id)
    }
}

impl BtcpayConfig {
    /// Reads it; faults are kept in `env`. `None`: there is no server.
    pub(in crate::payment) fn read(env: &mut Env<'_>) -> Option<Self> {
        let url = env.optional_url_anywhere(&SERVER);
        let rest = [&STORE_ID, &API_KEY, &WEBHOOK_SECRET].map(|setting| env.optional(setting));
        let timeout = Duration::from_secs(env.within(&TIMEOUT, 1..=60));
        if url.is_none() && rest.iter().all(Option::is_none) {
            return None;
        }
        // A part of a store must fail at start, not with the first buyer.
        for setting in [&SERVER, &STORE_ID, &API_KEY, &WEBHOOK_SECRET] {
            env.required(setting);
        }
        let [store_id, api_key, webhook_secret] = rest.map(Option::unwrap_or_default);
        let url = url?;
        env.leads_to(&SERVER, &url);
        Some(Self {
            url,
            store_id,
            api_key,
            webhook_secret,
            timeout,
        })
    }
}
