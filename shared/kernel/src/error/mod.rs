//! What can go wrong, in the words of the catalogue (design document, section 9.1).
//!
//! Features, providers and the ledger return [`Error`]; `api` turns it into the body of an
//! answer, `worker` into the error code of an analysis. Nothing internal is shown to a client:
//! the source of an `Internal`, `Unavailable` or `Provider` error is for the log alone.

mod code;
mod provider;

pub use code::{Definition, ErrorCode};
pub use provider::{ProviderError, ProviderErrorKind, Service};

use std::time::Duration;

use serde_json::{Value, json};

/// The cause of an error, for the log.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Every way in which a request or a job of ours can fail.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked for does not exist, or not for this person.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The request cannot be carried out as it was written.
    #[error("{code}: {field}: {why}")]
    Invalid {
        code: ErrorCode,
        field: &'static str,
        why: String,
    },
    /// It contradicts what is already there.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The same request, by its Idempotency-Key, is still at work: 409, try again.
    #[error("the request with this Idempotency-Key is still at work")]
    InProgress,
    /// Nobody is known to be asking: E201, E202 or E203.
    #[error("not authenticated: {0}")]
    Unauthenticated(ErrorCode),
    /// Known, but not allowed.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// A limit of the person's plan is used up.
    #[error("limit exceeded: {code}")]
    LimitExceeded { code: ErrorCode, details: Value },
    /// Too many requests in too little time.
    #[error("rate limited for {}s", .retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    /// A service outside did not do its part.
    #[error("{code}: {source}")]
    Provider {
        code: ErrorCode,
        #[source]
        source: ProviderError,
    },
    /// A service of ours is out of reach for now: 503, try again.
    #[error("{code} unavailable: {source}")]
    Unavailable {
        code: ErrorCode,
        #[source]
        source: Source,
    },
    /// A fault of ours.
    #[error("{code} internal: {source}")]
    Internal {
        code: ErrorCode,
        #[source]
        source: Source,
    },
}

impl Error {
    /// A fault of ours that no caller can mend.
    pub fn internal(why: impl Into<Source>) -> Self {
        Self::Internal {
            code: crate::codes::INTERNAL_SERVER_ERROR,
            source: why.into(),
        }
    }

    /// A field that has a value we cannot take.
    pub fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            code: crate::codes::INVALID_FIELD,
            field,
            why: why.into(),
        }
    }

    /// A field that is not there.
    pub fn missing(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            code: crate::codes::MISSING_REQUIRED_FIELD,
            field,
            why: why.into(),
        }
    }

    /// The code of the catalogue.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound(_) => crate::codes::NOT_FOUND,
            Self::Conflict(_) => crate::codes::CONFLICT,
            Self::InProgress => crate::codes::REQUEST_IN_PROGRESS,
            Self::Forbidden(_) => crate::codes::FORBIDDEN,
            Self::RateLimited { .. } => crate::codes::RATE_LIMITED,
            Self::Unauthenticated(code)
            | Self::Invalid { code, .. }
            | Self::LimitExceeded { code, .. }
            | Self::Provider { code, .. }
            | Self::Unavailable { code, .. }
            | Self::Internal { code, .. } => *code,
        }
    }

    /// The HTTP status that goes with it: that of its code, unless how it happened decides.
    pub fn status(&self) -> u16 {
        match self {
            Self::Provider { .. } => 502,
            Self::Unavailable { .. } => 503,
            Self::Internal { .. } => 500,
            Self::Invalid { code, .. } => {
                let mut statuses = code.statuses().iter().copied();
                statuses.find(|status| *status < 500).unwrap_or(400)
            }
            _ => self.code().statuses().first().copied().unwrap_or(500),
        }
    }

    /// What a program may want to know besides the code; nothing internal.
    pub fn details(&self) -> Value {
        match self {
            Self::NotFound(what) => json!({ "resource": what }),
            Self::Invalid { field, why, .. } => json!({ "field": field, "reason": why }),
            Self::Conflict(why) => json!({ "reason": why }),
            Self::LimitExceeded { details, .. } => details.clone(),
            Self::RateLimited { retry_after } => {
                json!({ "retry_after_seconds": retry_after.as_secs().max(1) })
            }
            _ => json!({}),
        }
    }

    /// Seconds after which it makes sense to ask again, where we know.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::InProgress => Some(Duration::from_secs(1)),
            Self::Unavailable { .. } => Some(Duration::from_secs(2)),
            _ => None,
        }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(why: diesel::result::Error) -> Self {
        if is_of_nobody(&why) {
            return Self::NotFound("user");
        }
        let (code, gone) = (crate::codes::DATABASE_ERROR, is_gone(&why));
        let source = Box::new(why);
        if gone {
            Self::Unavailable { code, source }
        } else {
            Self::Internal { code, source }
        }
    }
}

/// Whether a row was to be written for a person who was deleted this moment.
fn is_of_nobody(why: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind as Kind, Error as Db};
    let Db::DatabaseError(Kind::ForeignKeyViolation, info) = why else {
        return false;
    };
    info.constraint_name()
        .is_some_and(|name| name.ends_with("_user_id_fkey"))
}

/// Whether Postgres went away, as diesel-async 0.9 tells it: a closed connection is a command that
/// could not be sent, and a shutdown is an error of no kind that only its text names (class 57P).
fn is_gone(why: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind as Kind, Error as Db};
    match why {
        Db::BrokenTransactionManager => true,
        Db::DatabaseError(Kind::ClosedConnection | Kind::UnableToSendCommand, _) => true,
        Db::DatabaseError(Kind::Unknown, info) => [
            "terminating connection",
            "the database system is",
            "canceling statement due to",
        ]
        .iter()
        .any(|text| info.message().starts_with(text)),
        _ => false,
    }
}

impl From<diesel_async::pooled_connection::deadpool::PoolError> for Error {
    fn from(why: diesel_async::pooled_connection::deadpool::PoolError) -> Self {
        Self::Unavailable {
            code: crate::codes::DATABASE_ERROR,
            source: Box::new(why),
        }
    }
}

impl From<redis::RedisError> for Error {
    fn from(why: redis::RedisError) -> Self {
        Self::Unavailable {
            code: crate::codes::QUEUE_ERROR,
            source: Box::new(why),
        }
    }
}
