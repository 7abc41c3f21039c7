//! How an attempt fails, and which errors are retried.

use std::time::Duration;

use jobs::ledger::LedgerError;
use kernel::error::ProviderError;
use kernel::{Error, ErrorCode};

/// How an attempt failed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Retry after `after` or the usual backoff, if attempts are left.
    #[error("{source}")]
    Retry {
        after: Option<Duration>,
        #[source]
        source: Error,
    },
    /// Retry after this long, without spending an attempt: one of our own limits was reached.
    #[error("one of our own limits is reached")]
    NotNow(Duration),
    /// Do not retry.
    #[error("{source}")]
    GiveUp {
        #[source]
        source: Error,
    },
    /// Another worker has claimed the job: nothing may be written.
    #[error("the lease on this job is lost")]
    Lost,
}

impl JobError {
    /// The error code that the person sees.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Retry { source, .. } | Self::GiveUp { source } => source.code(),
            Self::NotNow(_) | Self::Lost => kernel::codes::QUEUE_ERROR,
        }
    }
}

/// An error that every further attempt would meet is given up: an invalid request, or a rule that
/// forbids it. An error that may be temporary is retried.
impl From<Error> for JobError {
    fn from(source: Error) -> Self {
        match source {
            Error::Invalid { .. }
            | Error::NotFound(_)
            | Error::Conflict(_)
            | Error::Unauthenticated(_)
            | Error::Forbidden(_)
            | Error::Denied { .. }
            | Error::LimitExceeded { .. } => Self::GiveUp { source },
            Error::InProgress
            | Error::RateLimited { .. }
            | Error::NotYet { .. }
            | Error::Provider { .. }
            | Error::Unavailable { .. }
            | Error::Internal { .. } => Self::Retry {
                after: None,
                source,
            },
        }
    }
}

impl From<ProviderError> for JobError {
    fn from(why: ProviderError) -> Self {
        let (retryable, after) = (why.is_retryable(), why.retry_after());
        let source = Error::from(why);
        if retryable {
            Self::Retry { after, source }
        } else {
            Self::GiveUp { source }
        }
    }
}

impl From<LedgerError> for JobError {
    fn from(why: LedgerError) -> Self {
        match why {
            LedgerError::LeaseLost => Self::Lost,
            LedgerError::Database(why) => why.into(),
        }
    }
}

impl From<diesel::result::Error> for JobError {
    fn from(why: diesel::result::Error) -> Self {
        Error::from(why).into()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn is_given_up(why: Error) -> bool {
        matches!(JobError::from(why), JobError::GiveUp { .. })
    }

    #[test]
    fn what_every_attempt_would_meet_again_is_given_up() {
        let code = kernel::codes::QUEUE_ERROR;
        let all = [
            Error::invalid("field", "why"),
            Error::NotFound("user"),
            Error::Conflict("why".to_owned()),
            Error::Unauthenticated(code),
            Error::Forbidden("why"),
            Error::LimitExceeded {
                code,
                details: json!({}),
            },
        ];
        for why in all {
            let message = why.to_string();
            assert!(is_given_up(why), "{message}");
        }
    }

    #[test]
    fn what_may_be_temporary_is_retried() {
        let code = kernel::codes::QUEUE_ERROR;
        let all = [
            Error::InProgress,
            Error::RateLimited {
                retry_after: Duration::from_secs(1),
            },
            Error::Unavailable {
                code,
                source: "away".into(),
            },
            Error::internal("a fault"),
        ];
        for why in all {
            let message = why.to_string();
            assert!(!is_given_up(why), "{message}");
        }
    }
}
