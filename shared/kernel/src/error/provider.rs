//! A failed call to an external service. Its kind alone decides whether the call is retried; its kind
//! and its service decide which error code the person sees.

use std::fmt;
use std::time::Duration;

use crate::error::{Error, ErrorCode};

/// A kind of service that vendors provide, such as storage.
pub struct Service {
    pub name: &'static str,
    code: fn(ProviderErrorKind) -> ErrorCode,
}

impl Service {
    /// `code`: the error code that the person sees for a failure of this kind.
    pub const fn new(name: &'static str, code: fn(ProviderErrorKind) -> ErrorCode) -> Self {
        Self { name, code }
    }
}

/// Not derived: it would print the address of a function.
impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A failed call to a vendor.
#[derive(Debug, thiserror::Error)]
#[error("{vendor}: {kind:?}: {message}")]
pub struct ProviderError {
    pub service: &'static Service,
    /// The name in logs and metrics, such as `telegram`.
    pub vendor: &'static str,
    pub kind: ProviderErrorKind,
    /// For the log; may quote the vendor, never a secret.
    pub message: String,
}

/// How a call failed, which decides whether it is retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderErrorKind {
    /// Retryable: no connection, a 5xx.
    Transient,
    /// Retryable: the connection broke; whether the call had an effect is unknown.
    Interrupted,
    /// Retryable, after this long if the vendor said so.
    RateLimited(Option<Duration>),
    /// Retryable for a while: what the call names is not there, and may be soon.
    NotReady,
    /// The vendor understood and refuses; the same call will be refused again.
    Rejected,
    /// The person to be reached takes no messages of ours: they have blocked the bot, or are gone.
    RecipientGone,
    /// The vendor, or a filter in front of it, will not process this content.
    Refused,
    /// The request is too long for this model.
    TooLong,
    /// Our credential or our account is refused. Retryable: an operator will replace it.
    Auth,
    /// What the call names is not there any more, such as a model: an operator has to name another.
    Withdrawn,
    /// The answer violates the protocol, or does not fit our request.
    Protocol,
    /// No answer in time; whether the call had an effect is unknown.
    Timeout,
}

impl ProviderError {
    /// A failure of this vendor of this service.
    pub fn new(
        service: &'static Service,
        vendor: &'static str,
        kind: ProviderErrorKind,
        message: impl Into<String>,
    ) -> Self {
        Self {
            service,
            vendor,
            kind,
            message: message.into(),
        }
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        use ProviderErrorKind::{RecipientGone, Refused, Rejected, TooLong, Withdrawn};
        !matches!(
            self.kind,
            Rejected | RecipientGone | Refused | TooLong | Withdrawn
        )
    }

    /// How long the vendor asked us to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            ProviderErrorKind::RateLimited(after) => after,
            _ => None,
        }
    }

    /// The error code that the person sees.
    pub fn code(&self) -> ErrorCode {
        (self.service.code)(self.kind)
    }
}

impl From<ProviderError> for Error {
    fn from(source: ProviderError) -> Self {
        let code = source.code();
        match source.kind {
            ProviderErrorKind::Rejected | ProviderErrorKind::Protocol => {
                Error::Provider { code, source }
            }
            _ => Error::Unavailable {
                code,
                source: Box::new(source),
            },
        }
    }
}
