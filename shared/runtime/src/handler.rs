//! Job handlers: the trait that each kind implements, and its type-erased form. `S` is the state of the
//! binary that runs them.

use std::sync::Arc;
use std::time::Duration;

use diesel_async::AsyncPgConnection;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use jobs::claims::Claim;
use jobs::ledger::Ticket;
use jobs::{Entry, Job};
use kernel::{Error, ErrorCode};
use serde_json::Value;

pub use super::failure::JobError;

/// The state that the handlers of a binary share.
pub trait State: Send + Sync + 'static {}

impl<S: Send + Sync + 'static> State for S {}

/// One attempt at a job.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Proof that this worker holds the job; pass it to `ledger::complete` and `ledger::hold`.
    pub claim: Arc<Claim>,
}

impl Attempt {
    /// Whether an operator has redriven the job after it had ended.
    pub fn redriven(&self) -> bool {
        self.claim.redrives > 0
    }
}

/// The outcome of a successful attempt.
#[derive(Debug)]
pub enum Outcome {
    /// The work is done; the runtime closes the job.
    Done,
    /// The handler closed the job in the transaction of its result (`ledger::complete`); the
    /// runtime wakes workers for the jobs that it enqueued there.
    Closed(Vec<Ticket>),
    /// Not yet: run again after this long, without spending an attempt.
    Snooze(Duration),
    /// The job is not needed any more, for this reason. The runtime closes it as cancelled.
    Cancel(String),
}

/// A kind of job that a binary with the state `S` runs.
pub trait Handler<S>: Job {
    /// Runs one attempt. May run more than once for the same job: after a crash, or in parallel with a
    /// worker that was presumed dead.
    fn run(
        self,
        state: &S,
        attempt: &Attempt,
    ) -> impl Future<Output = Result<Outcome, JobError>> + Send;

    /// Called when the job dies, ends by what a person has sent or done, or is cancelled by an operator,
    /// in the transaction that closes it.
    fn exhausted(
        self,
        _conn: &mut AsyncPgConnection,
        _code: ErrorCode,
    ) -> impl Future<Output = diesel::QueryResult<Vec<Ticket>>> + Send {
        async { Ok(Vec::new()) }
    }
}

type RunFn<S> = for<'a> fn(Value, &'a S, &'a Attempt) -> BoxFuture<'a, Result<Outcome, JobError>>;

pub(super) type ExhaustedFn = for<'a> fn(
    Value,
    &'a mut AsyncPgConnection,
    ErrorCode,
) -> BoxFuture<'a, diesel::QueryResult<Vec<Ticket>>>;

/// A handler without its type.
pub struct Registration<S> {
    pub entry: Entry,
    pub(super) run: RunFn<S>,
    pub(super) exhausted: ExhaustedFn,
}

impl<S: State> Registration<S> {
    /// The registration of a handler.
    pub const fn of<H: Handler<S>>() -> Self {
        Self {
            entry: Entry::of::<H>(),
            run: run::<S, H>,
            exhausted: exhausted::<S, H>,
        }
    }
}

fn run<'a, S: State, H: Handler<S>>(
    args: Value,
    state: &'a S,
    attempt: &'a Attempt,
) -> BoxFuture<'a, Result<Outcome, JobError>> {
    async move {
        let job: H = serde_json::from_value(args).map_err(|why| JobError::GiveUp {
            source: Error::internal(format!("the arguments cannot be parsed: {why}")),
        })?;
        job.run(state, attempt).await
    }
    .boxed()
}

fn exhausted<S, H: Handler<S>>(
    args: Value,
    conn: &mut AsyncPgConnection,
    code: ErrorCode,
) -> BoxFuture<'_, diesel::QueryResult<Vec<Ticket>>> {
    async move {
        match serde_json::from_value::<H>(args) {
            Ok(job) => job.exhausted(conn, code).await,
            // Without valid arguments the handler cannot know which rows the job belongs to.
            Err(_) => Ok(Vec::new()),
        }
    }
    .boxed()
}
