//! Calls of PayPal's API: the token that they need, and what their errors mean.
//!
//! Sources: <https://developer.paypal.com/api/rest/authentication/>,
//! <https://developer.paypal.com/api/rest/responses/> and
//! <https://developer.paypal.com/api/rest/reference/idempotency/>.

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, Method, RequestBuilder};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{NAME, PaypalConfig, failed};
use crate::payment::SERVICE;
use crate::{ProviderError, ProviderErrorKind as Kind, http};

/// A token is not used in its last minute: it has to live until the call is there.
const LAST_MINUTE: Duration = Duration::from_secs(60);

pub(super) struct Calls {
    http: Client,
    config: PaypalConfig,
    /// Held while one is fetched, so that one is fetched at a time.
    token: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    text: String,
    until: Instant,
}

#[derive(Deserialize)]
struct Given {
    access_token: String,
    #[serde(default)]
    expires_in: u64,
}

/// A call that failed: for us, and in PayPal's word, such as `ORDER_NOT_APPROVED`; empty if it said none.
#[derive(Debug)]
pub(super) struct Failure {
    pub error: ProviderError,
    pub issue: String,
    /// PayPal does not know what was asked for.
    pub is_unknown: bool,
}

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        Self {
            error,
            issue: String::new(),
            is_unknown: false,
        }
    }
}

impl From<Failure> for ProviderError {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

/// What is sent: a question, or something with a key that makes it one however often it is sent.
#[derive(Clone, Copy)]
pub(super) enum What<'a> {
    Get,
    Post { key: &'a str, body: &'a Value },
}

impl Calls {
    pub(super) fn new(http: Client, config: &PaypalConfig) -> Self {
        Self {
            http,
            config: config.clone(),
            token: Mutex::default(),
        }
    }

    /// Calls a path, with a token; with a new one if PayPal takes the old one no more.
    pub(super) async fn call(&self, path: &str, what: What<'_>) -> Result<Bytes, Failure> {
        let token = self.token().await?;
        let mut answer = self.send(path, what, &token).await?;
        if answer.status == 401 {
            self.forget(&token).await;
            let token = self.token().await?;
            answer = self.send(path, what, &token).await?;
        }
        match failure(&answer) {
            None => Ok(answer.body),
            Some(failure) => Err(failure),
        }
    }

    async fn send(
        &self,
        path: &str,
        what: What<'_>,
        token: &str,
    ) -> Result<http::Answer, ProviderError> {
        let call = match what {
            What::Get => self.request(Method::GET, path),
            What::Post { key, body } => self
                .request(Method::POST, path)
                .header("PayPal-Request-Id", key)
                .header("Prefer", "return=representation")
                .json(body),
        };
        http::answer(SERVICE, NAME, call.bearer_auth(token)).await
    }

    async fn token(&self) -> Result<String, Failure> {
        let mut kept = self.token.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.until > Instant::now()) {
            return Ok(token.text.clone());
        }
        let asked = Instant::now();
        let (id, secret) = (&self.config.client_id, &self.config.client_secret);
        let call = self.request(Method::POST, "/v1/oauth2/token");
        let call = call.basic_auth(id, Some(secret));
        let call = call.form(&[("grant_type", "client_credentials")]);
        let answer = http::answer(SERVICE, NAME, call).await?;
        if let Some(failure) = failure(&answer) {
            return Err(failure);
        }
        let given: Given = http::parsed(SERVICE, NAME, &answer.body)?;
        let lives = Duration::from_secs(given.expires_in.min(86_400)).saturating_sub(LAST_MINUTE);
        *kept = Some(Token {
            text: given.access_token.clone(),
            until: asked + lives,
        });
        Ok(given.access_token)
    }

    /// Forgets a token that PayPal refuses, unless there is another one already.
    async fn forget(&self, refused: &str) {
        let mut kept = self.token.lock().await;
        if kept.as_ref().is_some_and(|token| token.text == refused) {
            *kept = None;
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let base = self.config.api_url.as_str().trim_end_matches('/');
        self.http.request(method, format!("{base}{path}"))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Trouble {
    name: String,
    /// Of the endpoint of tokens.
    error: String,
    debug_id: String,
    details: Vec<Detail>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    issue: String,
}

/// What an answer that is none means. PayPal's sentences are left out: they may repeat what was sent.
fn failure(answer: &http::Answer) -> Option<Failure> {
    let kind = match answer.status {
        // The same key is at work in another call.
        409 => Kind::Transient,
        _ => answer.failure()?,
    };
    let Trouble {
        name,
        error,
        debug_id,
        details,
    } = serde_json::from_slice(&answer.body).unwrap_or_default();
    let issue = details.into_iter().map(|one| one.issue).next();
    let issue = issue.unwrap_or_default();
    let status = answer.status;
    let text = format!("status {status} {name}{error} {issue} (debug_id {debug_id})");
    Some(Failure {
        error: failed(kind, text.chars().take(300).collect::<String>()),
        issue,
        is_unknown: status == 404,
    })
}
