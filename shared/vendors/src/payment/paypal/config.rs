//! Settings of PayPal.

use std::time::Duration;

use url::Url;

use kernel::env::{Env, Section, Setting};

const CLIENT_ID: Setting = Setting::optional(
    "PAYPAL_CLIENT_ID",
    "the app's client ID",
    "The app at PayPal. Not set, nor its secret: PayPal is not offered.",
);
const CLIENT_SECRET: Setting = Setting::optional(
    "PAYPAL_CLIENT_SECRET",
    "the app's secret",
    "The app's secret. Not set: a fault if there is an app.",
)
.secret();
const WEBHOOK_ID: Setting = Setting::optional(
    "PAYPAL_WEBHOOK_ID",
    "1JE4291016473214C",
    "PayPal's ID of the webhook that leads to /v1/webhooks/payments/paypal; its calls are signed with it. Not set: a \
     fault if there is an app.",
);
const API_URL: Setting = Setting::new(
    "PAYPAL_API_URL",
    "https://api-m.paypal.com",
    "Where PayPal is; for trying it, https://api-m.sandbox.paypal.com.",
);
const TIMEOUT: Setting = Setting::new("PAYPAL_TIMEOUT_SECONDS", "15", "For one call of PayPal.");

pub const SETTINGS: Section = Section {
    title: "Payments: PayPal",
    settings: &[CLIENT_ID, CLIENT_SECRET, WEBHOOK_ID, API_URL, TIMEOUT],
};

/// Settings of an app at PayPal.
#[derive(Clone)]
pub struct PaypalConfig {
    pub client_id: String,
    pub client_secret: String,
    /// Part of what PayPal signs.
    pub webhook_id: String,
    pub api_url: Url,
    /// For one call.
    pub timeout: Duration,
}

impl std::fmt::Debug for PaypalConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PayPal({}, {})", self.api_url, self.client_id)
    }
}

impl PaypalConfig {
    /// Reads it; faults are kept in `env`. `None`: there is no app.
    pub(in crate::payment) fn read(env: &mut Env<'_>) -> Option<Self> {
        let given = [CLIENT_ID, CLIENT_SECRET, WEBHOOK_ID].map(|one| env.optional(&one));
        let api_url = env.url_anywhere(&API_URL);
        let timeout = Duration::from_secs(env.within(&TIMEOUT, 1..=60));
        if given.iter().all(Option::is_none) {
            return None;
        }
        env.leads_to(&API_URL, &api_url);
        // Half of a credential must fail at start, not with the first buyer.
        Some(Self {
            client_id: env.required(&CLIENT_ID),
            client_secret: env.required(&CLIENT_SECRET),
            webhook_id: env.required(&WEBHOOK_ID),
            api_url,
            timeout,
        })
    }
}
