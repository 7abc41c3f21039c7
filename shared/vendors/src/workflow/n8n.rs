//! A webhook of n8n that answers when its workflow has sent the message.
//!
//! A workflow that fails before its node "Respond to Webhook" is answered for with an empty 200 by n8n 1.123
//! (<https://github.com/n8n-io/n8n/issues/17040>), so that only an answer that names the delivery counts.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::error::Error;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::config::N8nConfig;
use super::{Callback, SERVICE};
use crate::{ProviderError, ProviderErrorKind as Kind, http};

/// Name of this provider in errors.
pub const NAME: &str = "n8n";

/// The webhook.
pub struct N8n {
    http: Client,
    config: N8nConfig,
}

/// The answer to a message that was sent.
#[derive(Deserialize)]
struct Sent {
    ok: bool,
    delivery_id: Uuid,
    #[serde(default)]
    message_ids: Vec<i64>,
}

impl N8n {
    /// # Errors
    /// `Internal` if the HTTP client cannot be built.
    pub fn new(config: &N8nConfig) -> Result<Self, Error> {
        Ok(Self {
            http: http::client(Some(config.timeout))?,
            config: config.clone(),
        })
    }

    /// Has a message sent, and returns the ids of its parts as far as the workflow knows them. Not idempotent: a
    /// workflow whose answer is lost has sent it.
    ///
    /// # Errors
    /// All are worth another try: an operator may be at work on the workflow.
    pub async fn deliver(
        &self,
        callback: &Callback<'_>,
        now: DateTime<Utc>,
    ) -> Result<Vec<i64>, ProviderError> {
        let body =
            serde_json::to_vec(callback).map_err(|why| failed(Kind::Protocol, why.to_string()))?;
        let id = callback.delivery_id.to_string();
        let mut call = self.http.post(self.config.url.clone());
        for (name, value) in self.config.secret.headers(&id, now, &body) {
            call = call.header(name, value);
        }
        let call = call
            .header("X-Symancy-Key", &self.config.key)
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let response = http::send(NAME, call).await.map_err(of_reqwest)?;
        judge(&response)?;
        let answer = response.bytes().await.map_err(of_reqwest)?;
        match serde_json::from_slice(&answer) {
            Ok(Sent {
                ok: true,
                delivery_id,
                message_ids,
            }) if delivery_id == callback.delivery_id => Ok(message_ids),
            _ => Err(failed(
                Kind::Protocol,
                "the answer does not say that the message was sent",
            )),
        }
    }
}

fn judge(response: &Response) -> Result<(), ProviderError> {
    let status = response.status();
    let after = response.headers().get(RETRY_AFTER);
    let after = after.and_then(|after| after.to_str().ok()?.trim().parse().ok());
    let kind = match status.as_u16() {
        200..=299 => return Ok(()),
        401 | 403 => Kind::Auth,
        429 => Kind::RateLimited(after.map(Duration::from_secs)),
        500.. => Kind::Transient,
        _ => Kind::Protocol,
    };
    Err(failed(kind, format!("answered with {status}")))
}

fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}

fn of_reqwest(why: reqwest::Error) -> ProviderError {
    http::failed(SERVICE, NAME, why)
}
