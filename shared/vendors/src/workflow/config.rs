//! Settings of the callbacks to n8n.

use std::time::Duration;

use kernel::env::{Env, Section, Setting};
use url::Url;

use crate::standard_webhooks::Secret;

const RESULT: Setting = Setting::optional(
    "N8N_WEBHOOK_RESULT",
    "https://n8n.example.com/webhook/symancy-result",
    "Where a workflow of n8n waits for what is to be said to a person: a reading, why there is none, a \
     payment (docs/N8N.md). Not set: the worker says it by itself.",
);
const KEY: Setting = Setting::optional(
    "N8N_WEBHOOK_KEY",
    "a-long-random-text",
    "The key that those calls bring as X-Symancy-Key. Not set: a fault if there is an address.",
)
.chosen_secret();
const SECRET: Setting = Setting::optional(
    "N8N_WEBHOOK_SECRET",
    "whsec_YS1sb25nLXJhbmRvbS10ZXh0LW9mLTMyLWJ5dGVz",
    "The secret that signs those calls (Standard Webhooks): `whsec_` and base64. n8n takes the bytes inside as \
     text, so let them be text: echo \"whsec_$(openssl rand -hex 32 | tr -d '\\n' | base64 -w0)\". Not set: a \
     fault if there is an address.",
)
.chosen_secret();
const TIMEOUT: Setting = Setting::new(
    "N8N_TIMEOUT_SECONDS",
    "20",
    "For one of those calls, in which the workflow sends the message.",
);

pub const SETTINGS: Section = Section {
    title: "n8n",
    settings: &[RESULT, KEY, SECRET, TIMEOUT],
};

/// The workflows that are called.
#[derive(Clone, Debug)]
pub struct WorkflowConfig {
    pub n8n: Option<N8nConfig>,
}

/// A webhook of n8n.
#[derive(Clone)]
pub struct N8nConfig {
    pub url: Url,
    pub key: String,
    pub secret: Secret,
    /// For one call.
    pub timeout: Duration,
}

impl std::fmt::Debug for N8nConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The path of a webhook is half of a credential.
        f.write_str("N8n")
    }
}

impl WorkflowConfig {
    /// Reads it; faults are kept in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let url = env.optional_url(&RESULT);
        let timeout = Duration::from_secs(env.within(&TIMEOUT, 1..=60));
        let Some(url) = url else {
            // Weak ones are told all the same.
            let _ = (env.optional(&KEY), env.optional(&SECRET));
            return Self { n8n: None };
        };
        let (key, secret) = (env.required(&KEY), env.required(&SECRET));
        let secret = match secret.parse() {
            Ok(secret) => Some(secret),
            // That it is missing is told already.
            Err(_) if secret.is_empty() => None,
            Err(why) => {
                env.fault(&SECRET, why);
                None
            }
        };
        Self {
            n8n: secret.map(|secret| N8nConfig {
                url,
                key,
                secret,
                timeout,
            }),
        }
    }
}
