//! Runs one claim to its end and writes the outcome.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures_util::FutureExt;
use jobs::claims::Claim;
use jobs::{Queue, metrics};
use kernel::Error;
use kernel::publish::CHANGED;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::backend::Claimed;
use super::context::Context;
use super::handler::{Attempt, JobError, Outcome, Registration, State};
use super::leases::LeaseStatus;
use super::pace::Pace;
use super::record::write_down;
use super::release::release;
use super::transition::Transition;

/// Runs a claim in a task of its own, so that a handler that blocks its thread delays no other job.
/// Never fails: either the failure is written into the ledger, or the lease expires.
pub(super) async fn run<S: State>(
    context: Arc<Context<S>>,
    queue: Queue,
    pace: Arc<Pace>,
    claimed: Claimed,
) {
    let id = claimed.claim.id;
    // Aborted with the worker, after the grace period.
    let task = AbortOnDropHandle::new(tokio::spawn(run_claim(
        context.clone(),
        queue,
        pace,
        claimed,
    )));
    if let Err(why) = task.await
        && why.is_panic()
    {
        tracing::error!(%id, "writing the outcome panicked; the lease will expire");
        context.leases.forget(id);
    }
}

async fn run_claim<S: State>(
    context: Arc<Context<S>>,
    queue: Queue,
    pace: Arc<Pace>,
    claimed: Claimed,
) {
    let Claimed { claim, permit } = claimed;
    let span =
        tracing::info_span!("job", kind = claim.kind, id = %claim.id, attempt = claim.attempt);
    let whole = async {
        let started = Instant::now();
        let transition = transition_of(&context, &claim).await;
        let took = started.elapsed();
        metrics::job_processed(queue.name(), transition.status(), took);
        pace.ran(took);
        if let Transition::Done = transition {
            // The closer writes the outcome; the slot is free for the next job.
            drop(permit);
            context.closing.done(claim.clone());
            return;
        }
        write_down(&context, &claim, transition).await;
        announce(&context, &claim);
        context.leases.remove(&claim);
        release(&context, std::slice::from_ref(&claim)).await;
    };
    whole.instrument(span).await;
}

/// Tells clients that wait for the data of a job that it may have changed.
fn announce<S: State>(context: &Context<S>, claim: &Claim) {
    let topic = context.registration(&claim.kind);
    if let Some(topic) = topic.and_then(|one| one.entry.topic(&claim.args)) {
        context.parts.publisher.publish_soon(CHANGED, topic);
    }
}

/// Runs the handler, unless the claim must be closed without running it.
async fn transition_of<S: State>(context: &Context<S>, claim: &Claim) -> Transition {
    if claim.cancel_requested {
        return Transition::cancelled_by_operator();
    }
    let Some(registration) = context.registration(&claim.kind) else {
        // Unreachable: only registered kinds are claimed.
        return Transition::Lost;
    };
    if claim.attempt > claim.max_attempts {
        return Transition::out_of_attempts(claim);
    }
    context.leases.begin(claim, registration.entry.timeout);
    let result = tokio::select! {
        // An attempt that closes its job also ends its lease; then the result of the attempt counts.
        biased;
        result = attempt(context, claim, registration) => result,
        status = context.leases.ended(claim) => match status {
            LeaseStatus::CancelRequested => return Transition::cancelled_by_operator(),
            LeaseStatus::Lost | LeaseStatus::Held => Err(JobError::Lost),
        },
    };
    Transition::of(claim, result)
}

/// One attempt, with its deadline; a panic becomes an error.
async fn attempt<S: State>(
    context: &Context<S>,
    claim: &Claim,
    registration: &Registration<S>,
) -> Result<Outcome, JobError> {
    let attempt = Attempt {
        claim: claim.clone(),
    };
    let run = (registration.run)(claim.args.clone(), &context.parts.state, &attempt);
    let timeout = registration.entry.timeout;
    match tokio::time::timeout(timeout, AssertUnwindSafe(run).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Error::internal("the handler panicked").into()),
        Err(_) => Err(Error::internal(format!("not done within {timeout:?}")).into()),
    }
}
