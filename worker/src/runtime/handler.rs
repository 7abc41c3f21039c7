//! How a job is handled: the trait that each kind implements, and its type-erased form.

use std::time::Duration;

use diesel_async::AsyncPgConnection;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use shared::Error;
use shared::ErrorCode;
use shared::jobs::Job;
use shared::jobs::catalogue::Entry;
use shared::jobs::claims::Claim;
use shared::jobs::ledger::{LedgerError, Ticket};
use shared::providers::ProviderError;

use crate::state::WorkerState;

/// One try at a job.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Proof that the job is ours; give it to `ledger::complete` and `ledger::hold`.
    pub claim: Claim,
}

impl Attempt {
    /// Whether an operator sent the job round again after it had ended badly.
    pub fn redriven(&self) -> bool {
        self.claim.redrives > 0
    }
}

/// How an attempt ended well.
#[derive(Debug)]
pub enum Outcome {
    /// The work is done; the runtime closes the job.
    Done,
    /// The handler closed the job in the transaction of its result (`ledger::complete`); the
    /// jobs that it enqueued there are to be woken.
    Closed(Vec<Ticket>),
    /// Not yet: again after this long, without spending an attempt.
    Snooze(Duration),
    /// Not wanted any more, and that is no fault; why. The runtime closes the job as cancelled.
    Cancel(String),
}

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
    /// The code that a person is told.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Retry { source, .. } | Self::GiveUp { source } => source.code(),
            Self::NotNow(_) | Self::Lost => shared::codes::QUEUE_ERROR,
        }
    }
}

/// A fault of the request can only be given up; anything else is worth another try.
impl From<Error> for JobError {
    fn from(source: Error) -> Self {
        match source {
            Error::Invalid { .. } | Error::NotFound(_) => Self::GiveUp { source },
            _ => Self::Retry {
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

/// A kind of job that this worker runs.
pub trait Handler: Job {
    /// Does one step. May run more than once for the same job: after a crash, or beside a
    /// worker that was taken for dead.
    fn run(
        self,
        state: &WorkerState,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Outcome, JobError>> + Send;

    /// What has to be written when the job dies or an operator ends it, in the transaction that
    /// closes it.
    fn exhausted(
        self,
        _conn: &mut AsyncPgConnection,
        _code: ErrorCode,
    ) -> impl Future<Output = diesel::QueryResult<Vec<Ticket>>> + Send {
        async { Ok(Vec::new()) }
    }
}

type RunFn =
    for<'a> fn(Value, &'a WorkerState, &'a Attempt) -> BoxFuture<'a, Result<Outcome, JobError>>;

type ExhaustedFn = for<'a> fn(
    Value,
    &'a mut AsyncPgConnection,
    ErrorCode,
) -> BoxFuture<'a, diesel::QueryResult<Vec<Ticket>>>;

/// A handler without its type.
#[derive(Clone, Copy)]
pub struct Registration {
    pub entry: Entry,
    pub run: RunFn,
    pub exhausted: ExhaustedFn,
}

impl Registration {
    /// The registration of a handler.
    pub const fn of<H: Handler>() -> Self {
        Self {
            entry: Entry::of::<H>(),
            run: run::<H>,
            exhausted: exhausted::<H>,
        }
    }
}

fn run<'a, H: Handler>(
    args: Value,
    state: &'a WorkerState,
    attempt: &'a Attempt,
) -> BoxFuture<'a, Result<Outcome, JobError>> {
    async move {
        let job: H = serde_json::from_value(args).map_err(|why| JobError::GiveUp {
            source: Error::internal(format!("the arguments cannot be read: {why}")),
        })?;
        job.run(state, attempt).await
    }
    .boxed()
}

fn exhausted<H: Handler>(
    args: Value,
    conn: &mut AsyncPgConnection,
    code: ErrorCode,
) -> BoxFuture<'_, diesel::QueryResult<Vec<Ticket>>> {
    async move {
        match serde_json::from_value::<H>(args) {
            Ok(job) => job.exhausted(conn, code).await,
            // Arguments that cannot be read name nothing that could be told.
            Err(_) => Ok(Vec::new()),
        }
    }
    .boxed()
}
