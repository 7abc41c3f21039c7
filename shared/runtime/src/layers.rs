//! What a worker does around a handler, a tower layer each. From the outermost to the innermost:
//! [`span`], [`outcome`], [`measure`], [`lease`], [`deadline`], [`panic`], and [`handle`] inside.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use jobs::metrics;
use kernel::Error;
use kernel::telemetry::Unit;
use kernel::telemetry::traces::{self, Span};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::around::Answer;
use super::claimed::Claimed;
use super::handler::{Attempt, JobError, Outcome, State};
use super::leases::LeaseStatus;
use super::record;
use super::transition::Transition;

/// The result of a handler.
type Attempted = Result<Outcome, JobError>;

/// Runs a job in a task of its own, so that a handler that blocks its thread delays no other job. The
/// task is aborted with the worker, after the grace period.
pub(super) fn spawn<F>(job: F) -> AbortOnDropHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    AbortOnDropHandle::new(tokio::spawn(job))
}

/// Names the job in every log line, in traces and at Sentry.
pub(super) async fn span<S: State>(
    job: Arc<Claimed<S>>,
    inner: impl Future<Output = Answer<()>>,
) -> Answer<()> {
    let claim = &job.claim;
    let span =
        tracing::info_span!("job", kind = claim.kind, id = %claim.id, attempt = claim.attempt);
    unit(&job).run(inner).instrument(span).await
}

fn unit<S: State>(job: &Claimed<S>) -> Unit {
    let claim = &job.claim;
    let (queue, by) = (job.queue.name(), claim.trace_parent.as_deref());
    let span = Span::of_job(&claim.kind, queue, claim.id, claim.attempt, by);
    Unit::new(span, &[("job", &claim.id), ("kind", &claim.kind)])
}

/// Writes the outcome. Never fails: either it is written into the ledger, or the lease expires.
pub(super) async fn outcome<S: State>(
    job: Arc<Claimed<S>>,
    inner: impl Future<Output = Answer<Transition>>,
) -> Answer<()> {
    let whole = async {
        match inner.await? {
            // The closer writes it; the permit is free for the next job before that.
            Transition::Done => job.context.closing.done(job.claim.clone()),
            transition => record::close(&job.context, &job.claim, transition).await,
        }
        Ok(())
    };
    let ended = AssertUnwindSafe(whole).catch_unwind().await;
    ended.unwrap_or_else(|_| {
        tracing::error!("writing the outcome panicked; the lease will expire");
        job.context.leases.forget(job.claim.id);
        Ok(())
    })
}

/// Measures the run time of the attempt, without the writing of its outcome.
pub(super) async fn measure<S: State>(
    job: Arc<Claimed<S>>,
    inner: impl Future<Output = Answer<Transition>>,
) -> Answer<Transition> {
    let started = Instant::now();
    let transition = inner.await?;
    let took = started.elapsed();
    metrics::job_processed(job.queue.name(), transition.status(), took);
    traces::outcome(transition.status(), transition.is_failure());
    job.pace.ran(took);
    Ok(transition)
}

/// Runs the attempt while the lease is held, unless the job must be closed without an attempt.
pub(super) async fn lease<S: State>(
    job: Arc<Claimed<S>>,
    inner: impl Future<Output = Answer<Attempted>>,
) -> Answer<Transition> {
    let (leases, claim) = (&job.context.leases, &job.claim);
    if claim.cancel_requested {
        return Ok(Transition::cancelled_by_operator());
    }
    if claim.attempt > claim.max_attempts {
        return Ok(Transition::out_of_attempts());
    }
    leases.begin(claim, job.registration.entry.timeout);
    let attempted = tokio::select! {
        // An attempt that closes its job also ends its lease; then the result of the attempt counts.
        biased;
        attempted = inner => attempted?,
        status = leases.ended(claim) => match status {
            LeaseStatus::CancelRequested => return Ok(Transition::cancelled_by_operator()),
            LeaseStatus::Lost | LeaseStatus::Held => Err(JobError::Lost),
        },
    };
    Ok(Transition::of(claim, attempted))
}

/// Ends the attempt at the deadline of its kind.
pub(super) async fn deadline<S: State>(
    job: Arc<Claimed<S>>,
    inner: impl Future<Output = Answer<Attempted>>,
) -> Answer<Attempted> {
    let timeout = job.registration.entry.timeout;
    match tokio::time::timeout(timeout, inner).await {
        Ok(attempted) => attempted,
        Err(_) => Ok(Err(
            Error::internal(format!("not done within {timeout:?}")).into()
        )),
    }
}

/// Makes a panic of the handler a failed attempt, which is retried. (The layer of apalis aborts the
/// task.)
pub(super) async fn panic<S: State>(
    _: Arc<Claimed<S>>,
    inner: impl Future<Output = Answer<Attempted>>,
) -> Answer<Attempted> {
    match AssertUnwindSafe(inner).catch_unwind().await {
        Ok(attempted) => attempted,
        Err(_) => Ok(Err(Error::internal("the handler panicked").into())),
    }
}

/// The service: one attempt of the job's handler.
pub(super) async fn handle<S: State>(job: Arc<Claimed<S>>) -> Answer<Attempted> {
    let (claim, state) = (job.claim.clone(), &job.context.parts.state);
    let (args, attempt) = (claim.args.clone(), Attempt { claim });
    Ok((job.registration.run)(args, state, &attempt).await)
}
