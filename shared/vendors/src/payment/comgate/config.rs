//! Settings of Comgate.

use std::time::Duration;

use url::Url;

use kernel::env::{Env, Section, Setting};

const MERCHANT: Setting = Setting::optional(
    "COMGATE_MERCHANT",
    "123456",
    "The shop at Comgate. Not set, nor its secret: payments at Comgate are refused.",
);
const SECRET: Setting = Setting::optional(
    "COMGATE_SECRET",
    "the shop's password",
    "The shop's password. Not set: a fault if there is a shop.",
)
.secret();
const API_URL: Setting = Setting::new(
    "COMGATE_API_URL",
    "https://payments.comgate.cz/v2.0",
    "Where Comgate is.",
);
const TEST: Setting = Setting::new(
    "COMGATE_TEST",
    "false",
    "Whether payments are tests, which move no money. Only then is a test believed.",
);
const EMAIL: Setting = Setting::optional(
    "COMGATE_EMAIL",
    "payments@example.com",
    "The address that Comgate is given of a buyer who has none, since it wants one. Not set: none is given.",
);
const TIMEOUT: Setting = Setting::new("COMGATE_TIMEOUT_SECONDS", "15", "For one call of Comgate.");

pub const SETTINGS: Section = Section {
    title: "Payments: Comgate",
    settings: &[MERCHANT, SECRET, API_URL, TEST, EMAIL, TIMEOUT],
};

/// Settings of a shop at Comgate.
#[derive(Clone)]
pub struct ComgateConfig {
    pub merchant: String,
    /// The shop's password.
    pub secret: String,
    pub api_url: Url,
    /// Whether payments are tests.
    pub test: bool,
    /// The address of a buyer who has none.
    pub email: Option<String>,
    /// For one call.
    pub timeout: Duration,
}

impl std::fmt::Debug for ComgateConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Comgate({}, {})", self.api_url, self.merchant)
    }
}

impl ComgateConfig {
    /// Reads it; faults are kept in `env`. `None`: there is no shop.
    pub(in crate::payment) fn read(env: &mut Env<'_>) -> Option<Self> {
        let (merchant, secret) = (env.optional(&MERCHANT), env.optional(&SECRET));
        let api_url = env.url_anywhere(&API_URL);
        let (test, email) = (env.value(&TEST), env.optional(&EMAIL));
        let timeout = Duration::from_secs(env.within(&TIMEOUT, 1..=60));
        if merchant.is_none() && secret.is_none() {
            return None;
        }
        env.leads_to(&API_URL, &api_url);
        // Half of a credential must fail at start, not with the first buyer.
        Some(Self {
            merchant: env.required(&MERCHANT),
            secret: env.required(&SECRET),
            api_url,
            test,
            email,
            timeout,
        })
    }
}
