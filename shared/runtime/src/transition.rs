//! The state transition of a job after an attempt.

use std::time::Duration;

use jobs::claims::Claim;
use jobs::ledger::Ticket;
use kernel::telemetry::{chain, report};
use kernel::{Error, ErrorCode, retry};

use super::handler::{JobError, Outcome};

/// What to write into the ledger after an attempt.
pub(super) enum Transition {
    /// Done, without a result to store.
    Done,
    /// Done, and the handler has closed the job.
    Closed(Vec<Ticket>),
    Again {
        after: Duration,
        error: Option<String>,
    },
    Dead {
        code: ErrorCode,
        error: String,
    },
    /// Done, without its result: what a person has sent or done is the reason.
    ByPerson {
        code: ErrorCode,
        error: String,
    },
    Cancelled {
        why: String,
        /// Cancelled by an operator and not by the handler, which must then record it.
        by_operator: bool,
    },
    /// Another worker has claimed the job: nothing is written.
    Lost,
}

impl Transition {
    /// The transition after an attempt with this result.
    pub(super) fn of(claim: &Claim, result: Result<Outcome, JobError>) -> Self {
        match result {
            Ok(Outcome::Done) => Self::Done,
            Ok(Outcome::Closed(tickets)) => Self::Closed(tickets),
            Ok(Outcome::Snooze(after)) => Self::Again { after, error: None },
            Ok(Outcome::Cancel(why)) => Self::Cancelled {
                why,
                by_operator: false,
            },
            Err(why) => failed(claim, why),
        }
    }

    /// The transition of a job that an operator has cancelled.
    pub(super) fn cancelled_by_operator() -> Self {
        Self::Cancelled {
            why: "cancelled by an operator".to_owned(),
            by_operator: true,
        }
    }

    /// The transition of a job whose worker was lost during its last attempt.
    pub(super) fn out_of_attempts() -> Self {
        let why = Error::Internal {
            code: kernel::codes::QUEUE_ERROR,
            source: "the last attempt ended with its worker".into(),
        };
        report(&why, &[]);
        let (code, error) = (why.code(), chain(&why));
        Self::Dead { code, error }
    }

    /// The label `status` of `queue_job_processing_seconds`.
    pub(super) fn status(&self) -> &'static str {
        match self {
            Self::Done | Self::Closed(_) => "done",
            Self::Again { error: None, .. } => "snoozed",
            Self::Again { .. } => "retry",
            Self::Dead { .. } => "dead",
            Self::ByPerson { .. } => "by_person",
            Self::Cancelled { .. } => "cancelled",
            Self::Lost => "lost",
        }
    }

    /// Whether the attempt has failed.
    pub(super) fn is_failure(&self) -> bool {
        matches!(
            self,
            Self::Again { error: Some(_), .. } | Self::Dead { .. } | Self::Lost
        )
    }
}

fn failed(claim: &Claim, why: JobError) -> Transition {
    let error = chain(&why);
    match why {
        JobError::Lost => {
            tracing::warn!("the lease was lost; another worker may have claimed the job");
            Transition::Lost
        }
        JobError::NotNow(after) => Transition::Again { after, error: None },
        JobError::Retry { after, .. } if !claim.is_last_attempt() => {
            let after = delay(claim, after);
            tracing::warn!(
                error,
                after_seconds = after.as_secs(),
                "the attempt failed; it will be retried"
            );
            Transition::Again {
                after,
                error: Some(error),
            }
        }
        JobError::Retry { .. } | JobError::GiveUp { .. } if is_by_person(&why) => {
            tracing::info!(error, "the job has ended by what a person has sent or done");
            Transition::ByPerson {
                code: why.code(),
                error,
            }
        }
        JobError::Retry { .. } | JobError::GiveUp { .. } => {
            report(&why, &[]);
            Transition::Dead {
                code: why.code(),
                error,
            }
        }
    }
}

/// Whether what a person has sent or done is the reason; they may also have deleted what the job is about.
fn is_by_person(why: &JobError) -> bool {
    let is_gone = matches!(
        why,
        JobError::GiveUp {
            source: Error::NotFound(_)
        }
    );
    is_gone || why.code().is_by_person()
}

/// The longest wait that is granted to a vendor.
const VENDOR_DELAY_MAX: Duration = Duration::from_secs(3_600);

/// The delay that the vendor asked for, bounded in both directions: "at once" would spend all attempts
/// in a minute, and a nonsensical date would delay the job for years. A little jitter is added, so that
/// jobs with the same delay are not retried together.
fn delay(claim: &Claim, asked: Option<Duration>) -> Duration {
    let own = retry::job_delay(u32::try_from(claim.attempt).unwrap_or(1));
    let Some(asked) = asked else { return own };
    asked
        .min(VENDOR_DELAY_MAX)
        .mul_f64(rand::random_range(1.0..1.1))
        .max(own)
}
