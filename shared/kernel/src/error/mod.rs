//! Errors, by the catalogue of error codes (design document, section 9.1).
//!
//! Features, providers and the ledger return [`Error`]; `api` turns it into a
//! response, `worker` into the error code of an analysis. Clients never see internals: the source
//! of an `Internal`, `Unavailable` or `Provider` error only goes to the log.

mod code;
mod provider;

pub use code::{Definition, ErrorCode};
pub use provider::{ProviderError, ProviderErrorKind, Service};

use std::time::Duration;

use serde_json::{Value, json};

/// The cause of an error, for the log.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// Every way in which a request or a job can fail.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The requested object does not exist, or belongs to another person.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The request cannot be carried out as it was written.
    #[error("{code}: {field}: {why}")]
    Invalid {
        code: ErrorCode,
        field: &'static str,
        why: String,
    },
    /// The request contradicts the stored state.
    #[error("conflict: {0}")]
    Conflict(String),
    /// A request with the same Idempotency-Key is still being processed: 409, retry.
    #[error("a request with this Idempotency-Key is still being processed")]
    InProgress,
    /// The caller is not authenticated: E201, E202 or E203.
    #[error("not authenticated: {0}")]
    Unauthenticated(ErrorCode),
    /// The caller is authenticated, but not allowed to do this.
    #[error("forbidden: {0}")]
    Forbidden(&'static str),
    /// The same, for a reason that `code` names and a client acts on.
    #[error("denied: {code}")]
    Denied { code: ErrorCode, details: Value },
    /// A quota of the person's plan is used up.
    #[error("limit exceeded: {code}")]
    LimitExceeded { code: ErrorCode, details: Value },
    /// Too many requests in too little time.
    #[error("rate limited for {}s", .retry_after.as_secs())]
    RateLimited { retry_after: Duration },
    /// Possible again after a time, by a rule that `code` names.
    #[error("{code}: not within {}s", .retry_after.as_secs())]
    NotYet {
        code: ErrorCode,
        retry_after: Duration,
    },
    /// An external service failed.
    #[error("{code}: {source}")]
    Provider {
        code: ErrorCode,
        #[source]
        source: ProviderError,
    },
    /// A service is unreachable for now: 503, retry.
    #[error("{code} unavailable: {source}")]
    Unavailable {
        code: ErrorCode,
        #[source]
        source: Source,
    },
    /// An internal fault.
    #[error("{code} internal: {source}")]
    Internal {
        code: ErrorCode,
        #[source]
        source: Source,
    },
}

impl Error {
    /// An internal fault that the caller cannot correct.
    pub fn internal(why: impl Into<Source>) -> Self {
        Self::Internal {
            code: crate::codes::INTERNAL_SERVER_ERROR,
            source: why.into(),
        }
    }

    /// A field with an invalid value.
    pub fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            code: crate::codes::INVALID_FIELD,
            field,
            why: why.into(),
        }
    }

    /// A missing field.
    pub fn missing(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid {
            code: crate::codes::MISSING_REQUIRED_FIELD,
            field,
            why: why.into(),
        }
    }

    /// The error code.
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
            | Self::Denied { code, .. }
            | Self::NotYet { code, .. }
            | Self::Provider { code, .. }
            | Self::Unavailable { code, .. }
            | Self::Internal { code, .. } => *code,
        }
    }

    /// The HTTP status: that of its code, unless the variant decides.
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

    /// Machine-readable details for the client; nothing internal.
    pub fn details(&self) -> Value {
        match self {
            Self::NotFound(what) => json!({ "resource": what }),
            Self::Invalid { field, why, .. } => json!({ "field": field, "reason": why }),
            Self::Conflict(why) => json!({ "reason": why }),
            Self::LimitExceeded { details, .. } | Self::Denied { details, .. } => details.clone(),
            Self::RateLimited { retry_after } | Self::NotYet { retry_after, .. } => {
                json!({ "retry_after_seconds": retry_after.as_secs().max(1) })
            }
            _ => json!({}),
        }
    }

    /// After how long to retry, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } | Self::NotYet { retry_after, .. } => {
                Some(*retry_after)
            }
            Self::InProgress => Some(Duration::from_secs(1)),
            Self::Unavailable { .. } => Some(Duration::from_secs(2)),
            _ => None,
        }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(why: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind as Kind, Error as Db};
        if let Db::DatabaseError(Kind::ForeignKeyViolation, _) = why {
            // Ids in foreign keys were read before: the row was deleted meanwhile.
            return Self::NotFound("reference");
        }
        if is_unstorable(&why) {
            // The client learns no more than that; the text names our columns.
            tracing::warn!(error = %why, "a value that cannot be stored");
            return Self::invalid("value", "cannot be stored");
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

/// Whether Postgres refused a value (SQLSTATE class 22): the same request would fail for ever, so it is at
/// fault, not the database. diesel does not tell the SQLSTATE, only its text.
fn is_unstorable(why: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind as Kind, Error as Db};
    let Db::DatabaseError(Kind::Unknown, info) = why else {
        return false;
    };
    let beginnings = [
        "invalid byte sequence for encoding",
        "unsupported Unicode escape sequence",
        "value too long for type",
        "numeric field overflow",
        "invalid input syntax for type",
    ];
    let message = info.message();
    message.contains("out of range") || beginnings.iter().any(|text| message.starts_with(text))
}

/// Whether it may work when it is done again: the connection to Postgres was lost, or there was a
/// deadlock. diesel-async 0.9 reports a closed connection as a command that could not be sent, and a
/// shutdown (class 57P) as an error of unknown kind that only its text identifies.
fn is_gone(why: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind as Kind, Error as Db};
    match why {
        Db::BrokenTransactionManager => true,
        Db::DatabaseError(Kind::ClosedConnection | Kind::UnableToSendCommand, _) => true,
        // A standby that cancels a list for what it has to replay says so as a failed serialization.
        Db::DatabaseError(Kind::Unknown | Kind::SerializationFailure, info) => [
            "terminating connection",
            "the database system is",
            "canceling statement due to",
            // By a transaction of an older release: this one locks in one order.
            "deadlock detected",
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

impl From<diesel::ConnectionError> for Error {
    fn from(why: diesel::ConnectionError) -> Self {
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

#[cfg(test)]
mod tests {
    use diesel::result::{DatabaseErrorKind as Kind, Error as Db};

    use super::Error;

    #[test]
    fn what_a_standby_cancels_may_be_asked_again_and_a_conflict_of_two_writers_is_a_fault() {
        for (message, status) in [
            ("canceling statement due to conflict with recovery", 503),
            ("terminating connection due to conflict with recovery", 503),
            ("could not serialize access due to concurrent update", 500),
        ] {
            let why = Db::DatabaseError(Kind::SerializationFailure, Box::new(message.to_owned()));
            assert_eq!(Error::from(why).status(), status, "{message}");
        }
    }
}
