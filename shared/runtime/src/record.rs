//! Writes the outcomes of attempts into the ledger.

use std::slice;
use std::sync::Arc;
use std::time::Instant;

use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::claims::Claim;
use jobs::ledger;
use jobs::ledger::{LedgerError, Ticket};
use jobs::metrics;
use kernel::publish::CHANGED;
use kernel::{Error, ErrorCode, retry};

use super::context::Context;
use super::handler::{ExhaustedFn, JobError, State};
use super::release::release;
use super::transition::Transition;

/// Writes a transition into the ledger, then announces it, ends the lease and unblocks other jobs.
pub(super) async fn close<S: State>(
    context: &Context<S>,
    claim: &Arc<Claim>,
    transition: Transition,
) {
    write_down(context, claim, transition).await;
    announce(context, claim);
    context.leases.remove(claim);
    release(context, slice::from_ref(claim)).await;
}

/// Tells clients that wait for the data of a job that it may have changed.
fn announce<S: State>(context: &Context<S>, claim: &Claim) {
    let registration = context.registration(&claim.kind);
    if let Some(topic) = registration.and_then(|one| one.entry.topic(&claim.args)) {
        context.parts.publisher.publish_soon(CHANGED, topic);
    }
}

/// Retries for as long as the lease may hold.
async fn write_down<S: State>(context: &Context<S>, claim: &Claim, transition: Transition) {
    let mut failed = 0;
    let deadline = Instant::now() + context.parts.config.lease;
    loop {
        match record(context, claim, &transition).await {
            Ok(tickets) => return context.parts.pusher.wake(&tickets).await,
            Err(WriteError::LeaseLost) => {
                return tracing::warn!("the outcome is not written: the lease was lost");
            }
            Err(WriteError::Unavailable(why)) if Instant::now() < deadline => {
                failed += 1;
                tracing::warn!(error = %why, "cannot write the outcome; trying again");
                tokio::time::sleep(retry::reconnect_delay(failed)).await;
            }
            Err(WriteError::Unavailable(why)) => {
                return tracing::error!(error = %why, "the outcome is not written; the lease will expire");
            }
        }
    }
}

enum WriteError {
    LeaseLost,
    Unavailable(Error),
}

impl<E: Into<JobError>> From<E> for WriteError {
    fn from(why: E) -> Self {
        match why.into() {
            JobError::Lost | JobError::NotNow(_) => Self::LeaseLost,
            JobError::Retry { source, .. } | JobError::GiveUp { source } => {
                Self::Unavailable(source)
            }
        }
    }
}

async fn record<S: State>(
    context: &Context<S>,
    claim: &Claim,
    transition: &Transition,
) -> Result<Vec<Ticket>, WriteError> {
    let mut conn = match transition {
        Transition::Lost => return Ok(Vec::new()),
        Transition::Closed(tickets) => return Ok(tickets.clone()),
        _ => context.db().await?,
    };
    let exhausted = context.registration(&claim.kind).map(|one| one.exhausted);
    match transition {
        Transition::Again { after, error } => {
            ledger::put_back(&mut conn, claim, *after, error.as_deref()).await?;
            Ok(Vec::new())
        }
        Transition::Dead { code, error } => {
            let tickets = conn
                .transaction(async |conn| {
                    ledger::bury(conn, claim, error).await?;
                    notify_exhausted(conn, claim, *code, exhausted).await
                })
                .await?;
            metrics::job_dead(&claim.kind);
            Ok(tickets)
        }
        Transition::ByPerson { code, error } => {
            let written = conn.transaction(async |conn| {
                ledger::complete_without(conn, claim, error).await?;
                notify_exhausted(conn, claim, *code, exhausted).await
            });
            Ok(written.await?)
        }
        Transition::Cancelled { why, by_operator } => {
            let written = conn.transaction(async |conn| {
                ledger::cancel(conn, claim, why).await?;
                if *by_operator {
                    notify_exhausted(conn, claim, kernel::codes::CANCELLED, exhausted).await
                } else {
                    Ok(Vec::new())
                }
            });
            Ok(written.await?)
        }
        _ => {
            ledger::complete(&mut conn, claim).await?;
            Ok(Vec::new())
        }
    }
}

/// Lets the handler record that its job will not be done.
async fn notify_exhausted(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    code: ErrorCode,
    exhausted: Option<ExhaustedFn>,
) -> Result<Vec<Ticket>, LedgerError> {
    match exhausted {
        Some(exhausted) => Ok(exhausted(claim.args.clone(), conn, code).await?),
        None => Ok(Vec::new()),
    }
}

/// Returns all jobs that this process still holds to the queue, without spending an attempt.
pub(super) async fn return_all<S: State>(context: &Context<S>) {
    let held = context.leases.held();
    if held.is_empty() {
        return;
    }
    let returned = async {
        let mut conn = context.db().await?;
        Ok::<_, Error>(ledger::put_back_unbegun(&mut conn, &context.name, &held).await?)
    };
    match returned.await {
        Ok(count) => tracing::info!(count, "jobs returned to the queue"),
        Err(why) => {
            tracing::warn!(error = %why, "cannot return claimed jobs; their leases will expire")
        }
    }
}
