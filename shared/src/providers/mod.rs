//! The world outside, behind small traits in our own words: one folder a kind, one file a
//! vendor. Providers touch no database, and only their [`ProviderError::kind`] decides whether
//! a call is worth another try.

pub mod ai;
pub mod codes;
pub mod messenger;
pub mod payment;
pub mod storage;

use std::sync::Arc;
use std::time::Duration;

use crate::config::Config;
use crate::error::{Error, ErrorCode};

/// One of each kind. Cheap to clone.
#[derive(Clone)]
pub struct Providers {
    pub ai: ai::Vendors,
    pub messenger: Arc<dyn messenger::Messenger>,
    pub invoices: Arc<dyn messenger::Invoices>,
    pub payment: Arc<dyn payment::Gateway>,
    pub storage: Arc<dyn storage::Storage>,
}

impl Providers {
    /// Builds those that the configuration names. Connects to nothing.
    ///
    /// # Errors
    /// `Internal` if an HTTP client cannot be built.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            ai: ai::Vendors::new(&config.ai)?,
            messenger: messenger::build(&config.messenger)?,
            invoices: messenger::build_invoices(&config.messenger)?,
            payment: payment::build(&config.payment)?,
            storage: storage::build(&config.storage),
        })
    }
}

/// A call to a provider that did not bring what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{provider}: {kind:?}: {message}")]
pub struct ProviderError {
    pub provider: &'static str,
    pub kind: ProviderErrorKind,
    /// For the log; may quote the vendor, never a secret.
    pub message: String,
}

/// What a failed call means for the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderErrorKind {
    /// Worth another try: no connection, a 5xx.
    Transient,
    /// Worth another try: the connection broke; whether the call had an effect is unknown.
    Interrupted,
    /// Worth another try, after this long if the vendor said so.
    RateLimited(Option<Duration>),
    /// The vendor understood and refuses; the same call will be refused again.
    Rejected,
    /// The vendor, or a filter in front of it, will not do this for what is in it.
    Refused,
    /// It is too long for this model.
    TooLong,
    /// Our credential is refused. Worth another try: an operator will mend it.
    Auth,
    /// The answer is not what the protocol or our request promises.
    Protocol,
    /// No answer in time; whether the call had an effect is unknown.
    Timeout,
}

impl ProviderError {
    pub(crate) fn new(
        provider: &'static str,
        kind: ProviderErrorKind,
        message: impl Into<String>,
    ) -> Self {
        Self {
            provider,
            kind,
            message: message.into(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        use ProviderErrorKind::{Refused, Rejected, TooLong};
        !matches!(self.kind, Rejected | Refused | TooLong)
    }

    /// How long the vendor asked us to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            ProviderErrorKind::RateLimited(after) => after,
            _ => None,
        }
    }

    /// The code of the catalogue that tells a person about it.
    pub fn code(&self) -> ErrorCode {
        match (self.provider, self.kind) {
            (storage::s3::NAME, _) => crate::providers::codes::STORAGE_ERROR,
            (messenger::telegram::NAME, _) => crate::providers::codes::MESSENGER_ERROR,
            (payment::tinkoff::NAME, _) => crate::providers::codes::PAYMENT_PROVIDER_ERROR,
            (_, ProviderErrorKind::Timeout) => crate::providers::codes::AI_TIMEOUT,
            (_, ProviderErrorKind::Refused) => crate::providers::codes::NSFW_CONTENT_DETECTED,
            (_, ProviderErrorKind::RateLimited(_)) => crate::providers::codes::AI_RATE_LIMIT,
            (_, ProviderErrorKind::Protocol) => crate::providers::codes::AI_INVALID_RESPONSE,
            _ => crate::providers::codes::AI_UNAVAILABLE,
        }
    }

    /// What an error of `reqwest` means. Its address is left out: it may hold a token.
    pub(crate) fn of_reqwest(provider: &'static str, why: reqwest::Error) -> Self {
        let refused = |status: reqwest::StatusCode| {
            status.is_client_error()
                && status != reqwest::StatusCode::TOO_MANY_REQUESTS
                && status != reqwest::StatusCode::REQUEST_TIMEOUT
        };
        let kind = if why.status().is_some_and(refused) {
            ProviderErrorKind::Rejected
        } else if why.is_timeout() && !why.is_connect() {
            ProviderErrorKind::Timeout
        } else if why.is_redirect() {
            ProviderErrorKind::Protocol
        } else if why.is_connect() || why.is_builder() || why.is_status() {
            ProviderErrorKind::Transient
        } else {
            // Also `is_decode`: to reqwest a body that breaks off is one.
            ProviderErrorKind::Interrupted
        };
        let why = why.without_url();
        Self::new(provider, kind, crate::telemetry::chain(&why))
    }
}

impl From<ProviderError> for Error {
    fn from(source: ProviderError) -> Self {
        match source.kind {
            ProviderErrorKind::Rejected | ProviderErrorKind::Protocol => Error::Provider {
                code: source.code(),
                source,
            },
            _ => Error::Unavailable {
                code: source.code(),
                source: Box::new(source),
            },
        }
    }
}
