//! How an attempt ends badly, and which errors are worth another try.

use std::time::Duration;

use jobs::ledger::LedgerError;
use kernel::error::ProviderError;
use kernel::{Error, ErrorCode};

/// How an attempt ended badly.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Again, after `after` or the usual backoff, if attempts are left.
    #[error("{source}")]
    Retry {
        after: Option<Duration>,
        #[source]
        source: Error,
    },
    /// Again after this long, without spending an attempt: a limit of our own was in the way.
    #[error("a limit of our own is full")]
    NotNow(Duration),
    /// Never again.
    #[error("{source}")]
    GiveUp {
        #[source]
        source: Error,
    },
    /// Another worker has the job by now; nothing is to be written.
    #[error("the lease on this job is lost")]
    Lost,
}

impl JobError {
    /// The code that the person sees.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Retry { source, .. } | Self::GiveUp { source } => source.code(),
            Self::NotNow(_) | Self::Lost => kernel::codes::QUEUE_ERROR,
        }
    }
}

/// What the next attempt would find again is given up: a fault of the request, or a rule that
/// forbids it. What may pass by itself is tried again.
impl From<Error> for JobError {
    fn from(source: Error) -> Self {
        match source {
            Error::Invalid { .. }
            | Error::NotFound(_)
            | Error::Conflict(_)
            | Error::Unauthenticated(_)
            | Error::Forbidden(_)
            | Error::LimitExceeded { .. } => Self::GiveUp { source },
            Error::InProgress
            | Error::RateLimited { .. }
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
    fn what_another_attempt_would_find_again_is_given_up() {
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
            let told = why.to_string();
            assert!(is_given_up(why), "{told}");
        }
    }

    #[test]
    fn what_may_pass_is_tried_again() {
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
            let told = why.to_string();
            assert!(!is_given_up(why), "{told}");
        }
    }
}
