//! Calls of Stripe's API.

use reqwest::RequestBuilder;
use serde::Deserialize;
use serde_json::Value;

use super::{NAME, StripeConfig, VERSION};
use crate::payment::SERVICE;
use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::error::Error;

/// A field of a form, as Stripe spells it: `metadata[payment]`.
pub(super) type Field = (&'static str, String);

pub(super) struct Api {
    http: reqwest::Client,
    base: String,
    key: String,
}

/// What stands in the answer to a call that failed (<https://docs.stripe.com/api/errors>).
#[derive(Deserialize, Default)]
#[serde(default)]
struct Refused {
    error: Fault,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fault {
    #[serde(rename = "type")]
    kind: String,
    code: String,
    decline_code: String,
    message: String,
}

impl Api {
    pub(super) fn new(config: &StripeConfig) -> Result<Self, Error> {
        Ok(Self {
            http: http::client(Some(config.timeout))?,
            base: config.api_url.as_str().trim_end_matches('/').to_owned(),
            key: config.secret_key.clone(),
        })
    }

    /// `path` follows `/v1/`.
    pub(super) async fn get(&self, path: &str, query: &[Field]) -> Result<Value, ProviderError> {
        let call = self.http.get(self.url(path)).query(query);
        self.call(call).await
    }

    /// The same key again gives the same answer for a day at least.
    pub(super) async fn post(
        &self,
        path: &str,
        form: &[Field],
        key: &str,
    ) -> Result<Value, ProviderError> {
        let call = self.http.post(self.url(path)).form(form);
        self.call(call.header("Idempotency-Key", key)).await
    }

    /// Asks for a charge. One that was declined is an answer too: the PaymentIntent, as it is then.
    pub(super) async fn charge(&self, form: &[Field], key: &str) -> Result<Value, ProviderError> {
        let call = self.http.post(self.url("payment_intents")).form(form);
        let answer = self.answer(call.header("Idempotency-Key", key)).await?;
        if answer.status == 402
            && let Ok(mut said) = serde_json::from_slice::<Value>(&answer.body)
            && said["error"]["payment_intent"].is_object()
        {
            return Ok(said["error"]["payment_intent"].take());
        }
        read(&answer)
    }

    fn url(&self, path: &str) -> String {
        format!("{}/v1/{path}", self.base)
    }

    async fn call(&self, call: RequestBuilder) -> Result<Value, ProviderError> {
        read(&self.answer(call).await?)
    }

    async fn answer(&self, call: RequestBuilder) -> Result<http::Answer, ProviderError> {
        let call = call
            .bearer_auth(&self.key)
            .header("Stripe-Version", VERSION);
        http::answer(SERVICE, NAME, call).await
    }
}

fn read(answer: &http::Answer) -> Result<Value, ProviderError> {
    match answer.failure() {
        None => http::parsed(SERVICE, NAME, &answer.body),
        Some(kind) => Err(refused(answer.status, kind, &answer.body)),
    }
}

fn refused(status: u16, kind: Kind, body: &[u8]) -> ProviderError {
    let kind = match status {
        // The same key is still at work; what Stripe depends on has failed.
        409 | 424 => Kind::Transient,
        _ => kind,
    };
    let Refused { error } = serde_json::from_slice(body).unwrap_or_default();
    let mut words = vec![format!("status {status}")];
    words.extend([error.kind, error.code, error.decline_code, error.message]);
    words.retain(|word| !word.is_empty());
    let why: String = words.join(" ").chars().take(500).collect();
    failed(kind, why)
}

pub(super) fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}
