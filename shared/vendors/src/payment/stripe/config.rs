//! Settings of Stripe.

use std::time::Duration;

use url::Url;

use kernel::env::{Env, Section, Setting};

const SECRET_KEY: Setting = Setting::optional(
    "STRIPE_SECRET_KEY",
    "sk_live_51...",
    "The secret key of the account at Stripe. Not set, nor the secret of the webhook: payments by Stripe are refused.",
)
.secret();
const WEBHOOK_SECRET: Setting = Setting::optional(
    "STRIPE_WEBHOOK_SECRET",
    "whsec_...",
    "What Stripe signs the events for our endpoint with. Not set: a fault if there is a key.",
)
.secret();
const PUBLISHABLE_KEY: Setting = Setting::optional(
    "STRIPE_PUBLISHABLE_KEY",
    "pk_live_51...",
    "What clients show Stripe's form with (Elements); it is no secret. Not set: plans are paid for at Stripe's page alone.",
);
const API_URL: Setting = Setting::new(
    "STRIPE_API_URL",
    "https://api.stripe.com",
    "Where Stripe's API is.",
);
const METHODS: Setting = Setting::new(
    "STRIPE_METHODS",
    "card,sepa_debit,ideal,bancontact",
    "Ways to pay that the account at Stripe has switched on. sepa_debit, ideal and bancontact are offered for euros \
     alone.",
);
const RETURN_URL: Setting = Setting::new(
    "STRIPE_RETURN_URL",
    "https://t.me/",
    "Where Stripe's page sends people whose order names no address.",
);
const TIMEOUT: Setting = Setting::new("STRIPE_TIMEOUT_SECONDS", "15", "For one call of Stripe.");

pub const SETTINGS: Section = Section {
    title: "Payments: Stripe",
    settings: &[
        SECRET_KEY,
        WEBHOOK_SECRET,
        PUBLISHABLE_KEY,
        API_URL,
        METHODS,
        RETURN_URL,
        TIMEOUT,
    ],
};

/// Settings of an account at Stripe.
#[derive(Clone)]
pub struct StripeConfig {
    pub secret_key: String,
    pub webhook_secret: String,
    /// What clients show Stripe's form with.
    pub publishable_key: Option<String>,
    pub api_url: Url,
    /// Ways to pay, as Stripe spells them.
    pub methods: Vec<String>,
    /// Where its page sends people whose order names no address.
    pub return_url: Url,
    /// For one call.
    pub timeout: Duration,
}

impl std::fmt::Debug for StripeConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stripe({})", self.api_url)
    }
}

impl StripeConfig {
    /// Reads it; faults are kept in `env`. `None`: there is no account.
    pub(in crate::payment) fn read(env: &mut Env<'_>) -> Option<Self> {
        let (key, secret) = (env.optional(&SECRET_KEY), env.optional(&WEBHOOK_SECRET));
        let publishable_key = env.optional(&PUBLISHABLE_KEY);
        let api_url = env.url_anywhere(&API_URL);
        let return_url = env.url_anywhere(&RETURN_URL);
        let timeout = Duration::from_secs(env.within(&TIMEOUT, 1..=60));
        let methods: String = env.value(&METHODS);
        let names = methods.split(',').map(str::trim);
        let methods: Vec<String> = names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        if methods.is_empty() {
            env.fault(&METHODS, "it names no way to pay (example: card)");
        }
        if key.is_none() && secret.is_none() {
            return None;
        }
        env.leads_to(&API_URL, &api_url);
        // Half of a credential must fail at start, not with the first buyer.
        Some(Self {
            secret_key: env.required(&SECRET_KEY),
            webhook_secret: env.required(&WEBHOOK_SECRET),
            publishable_key,
            api_url,
            methods,
            return_url,
            timeout,
        })
    }
}
