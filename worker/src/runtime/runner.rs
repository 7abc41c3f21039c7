//! Runs one claim to its end and writes down how it ended.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel_async::{AsyncConnection, AsyncPgConnection};
use futures_util::FutureExt;
use shared::jobs::claims::Claim;
use shared::jobs::ledger::{self, LedgerError, Ticket};
use shared::jobs::{Queue, metrics};
use shared::telemetry::chain;
use shared::{Error, ErrorCode, retry};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::Shared;
use super::backend::Claimed;
use super::closer::{self, Message};
use super::handler::{Attempt, JobError, Outcome, Registration};
use super::leases::Fate;
use super::pace::Pace;
use crate::registry;

/// How an attempt is to be written down.
enum Verdict {
    Done,
    Closed(Vec<Ticket>),
    Again {
        after: Duration,
        error: Option<String>,
    },
    Dead {
        code: ErrorCode,
        error: String,
    },
    Cancelled {
        why: String,
        /// Not by its handler: what the job stands for has to be told.
        by_operator: bool,
    },
    Lost,
}

impl Verdict {
    /// The label `status` of `queue_job_processing_seconds`.
    fn status(&self) -> &'static str {
        match self {
            Self::Done | Self::Closed(_) => "done",
            Self::Again { error: None, .. } => "snoozed",
            Self::Again { .. } => "retry",
            Self::Dead { .. } => "dead",
            Self::Cancelled { .. } => "cancelled",
            Self::Lost => "lost",
        }
    }
}

/// Runs a claim, in a task of its own: a handler that holds its thread holds up nobody else.
/// Never fails: what goes wrong is in the ledger, or the lease expires.
pub(super) async fn run(shared: Arc<Shared>, queue: Queue, pace: Arc<Pace>, claimed: Claimed) {
    let id = claimed.claim.id;
    // Ends with the worker, when its grace is over.
    let task = AbortOnDropHandle::new(tokio::spawn(run_claim(
        shared.clone(),
        queue,
        pace,
        claimed,
    )));
    if let Err(why) = task.await
        && why.is_panic()
    {
        tracing::error!(%id, "writing the outcome panicked; the lease will expire");
        shared.leases.forget(id);
    }
}

async fn run_claim(shared: Arc<Shared>, queue: Queue, pace: Arc<Pace>, claimed: Claimed) {
    let Claimed { claim, _hand: hand } = claimed;
    let span =
        tracing::info_span!("job", kind = claim.kind, id = %claim.id, attempt = claim.attempt);
    let whole = async {
        let started = Instant::now();
        let verdict = judge(&shared, &claim).await;
        let took = started.elapsed();
        metrics::job_processed(queue.name(), verdict.status(), took);
        pace.ran(took);
        if let Verdict::Done = verdict {
            // The closer writes it; the hand is free for the next job.
            drop(hand);
            let _ = shared.closing.send(Message::Done(claim.clone()));
            return;
        }
        write_down(&shared, &claim, verdict).await;
        announce(&shared, &claim);
        shared.leases.remove(&claim);
        closer::release(&shared, std::slice::from_ref(&claim)).await;
    };
    whole.instrument(span).await;
}

async fn judge(shared: &Shared, claim: &Claim) -> Verdict {
    if claim.cancel_requested {
        return cancelled_by_operator();
    }
    let Some(registration) = registry::find(&claim.kind) else {
        // Cannot be: only kinds of the registry are claimed.
        return Verdict::Lost;
    };
    if claim.attempt > claim.max_attempts {
        let why = Error::internal("the last attempt ended with its worker");
        shared::telemetry::report(&why, &claim.id.to_string());
        let (code, error) = (why.code(), chain(&why));
        return Verdict::Dead { code, error };
    }
    shared.leases.begin(claim, registration.entry.timeout);
    let result = tokio::select! {
        // An attempt that has closed its job ends its lease as well; the attempt knows better.
        biased;
        result = attempt(shared, claim, registration) => result,
        fate = shared.leases.fate(claim) => match fate {
            Fate::CancelRequested => return cancelled_by_operator(),
            Fate::Lost | Fate::Ours => Err(JobError::Lost),
        },
    };
    match result {
        Ok(Outcome::Done) => Verdict::Done,
        Ok(Outcome::Closed(tickets)) => Verdict::Closed(tickets),
        Ok(Outcome::Snooze(after)) => Verdict::Again { after, error: None },
        Ok(Outcome::Cancel(why)) => Verdict::Cancelled {
            why,
            by_operator: false,
        },
        Err(why) => failure(claim, why),
    }
}

fn cancelled_by_operator() -> Verdict {
    Verdict::Cancelled {
        why: "cancelled by an operator".to_owned(),
        by_operator: true,
    }
}

/// One attempt, with its deadline; a panic is an error like any other.
async fn attempt(
    shared: &Shared,
    claim: &Claim,
    registration: &Registration,
) -> Result<Outcome, JobError> {
    let attempt = Attempt {
        claim: claim.clone(),
    };
    let run = (registration.run)(claim.args.clone(), &shared.state, &attempt);
    let timeout = registration.entry.timeout;
    match tokio::time::timeout(timeout, AssertUnwindSafe(run).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(Error::internal("the handler panicked").into()),
        Err(_) => Err(Error::internal(format!("not done within {timeout:?}")).into()),
    }
}

fn failure(claim: &Claim, why: JobError) -> Verdict {
    let error = chain(&why);
    match why {
        JobError::Lost => {
            tracing::warn!("the lease was lost; another worker has the job");
            Verdict::Lost
        }
        JobError::NotNow(after) => Verdict::Again { after, error: None },
        JobError::Retry { after, .. } if !claim.is_last_attempt() => {
            let after = delay(claim, after);
            tracing::warn!(
                error,
                after_seconds = after.as_secs(),
                "will be tried again"
            );
            Verdict::Again {
                after,
                error: Some(error),
            }
        }
        JobError::Retry { .. } | JobError::GiveUp { .. } => {
            // A photo that is no photo is the person's affair, not an operator's.
            if let JobError::GiveUp {
                source: Error::Invalid { .. },
            } = &why
            {
                tracing::info!(error, "is given up");
            } else {
                shared::telemetry::report(&why, &claim.id.to_string());
            }
            Verdict::Dead {
                code: why.code(),
                error,
            }
        }
    }
}

/// The longest wait that a vendor can ask for.
const VENDOR_DELAY_MAX: Duration = Duration::from_secs(3_600);

/// What the vendor asked for, but never less than our own backoff: "at once" would burn all
/// attempts in a minute, and a nonsensical date would park the job for years. A little is added,
/// so that all who were told the same do not come back together.
fn delay(claim: &Claim, asked: Option<Duration>) -> Duration {
    let own = retry::job_delay(u32::try_from(claim.attempt).unwrap_or(1));
    let Some(asked) = asked else { return own };
    asked
        .min(VENDOR_DELAY_MAX)
        .mul_f64(rand::random_range(1.0..1.1))
        .max(own)
}

/// Writes a verdict into the ledger, trying for as long as the lease may hold.
async fn write_down(shared: &Shared, claim: &Claim, verdict: Verdict) {
    let mut failed = 0;
    let deadline = Instant::now() + shared.config.lease;
    loop {
        match record(shared, claim, &verdict).await {
            Ok(tickets) => return shared.state.core.pusher.wake(&tickets).await,
            Err(Refusal::Lost) => return tracing::warn!("nothing written: the lease was lost"),
            Err(Refusal::Away(why)) if Instant::now() < deadline => {
                failed += 1;
                tracing::warn!(error = %why, "cannot write the outcome; trying again");
                tokio::time::sleep(retry::reconnect_delay(failed)).await;
            }
            Err(Refusal::Away(why)) => {
                return tracing::error!(error = %why, "the outcome is not written; the lease will expire");
            }
        }
    }
}

/// Tells those who wait for a reading that one of its jobs has ended.
fn announce(shared: &Shared, claim: &Claim) {
    let id = claim.args.get("analysis_id").and_then(|id| id.as_str());
    if let Some(id) = id.and_then(|id| id.parse().ok()) {
        shared.state.core.announcer.analysis_changed(id);
    }
}

enum Refusal {
    Lost,
    Away(Error),
}

impl<E: Into<JobError>> From<E> for Refusal {
    fn from(why: E) -> Self {
        match why.into() {
            JobError::Lost | JobError::NotNow(_) => Self::Lost,
            JobError::Retry { source, .. } | JobError::GiveUp { source } => Self::Away(source),
        }
    }
}

async fn record(shared: &Shared, claim: &Claim, verdict: &Verdict) -> Result<Vec<Ticket>, Refusal> {
    let mut conn = match verdict {
        Verdict::Lost => return Ok(Vec::new()),
        Verdict::Closed(tickets) => return Ok(tickets.clone()),
        _ => shared.state.db().await?,
    };
    match verdict {
        Verdict::Again { after, error } => {
            ledger::put_back(&mut conn, claim, *after, error.as_deref()).await?;
            Ok(Vec::new())
        }
        Verdict::Dead { code, error } => {
            let tickets = conn
                .transaction(async |conn| {
                    ledger::bury(conn, claim, error).await?;
                    tell(conn, claim, *code).await
                })
                .await?;
            metrics::job_dead(&claim.kind);
            Ok(tickets)
        }
        Verdict::Cancelled { why, by_operator } => {
            let written = conn.transaction(async |conn| {
                ledger::cancel(conn, claim, why).await?;
                if *by_operator {
                    tell(conn, claim, ErrorCode::Cancelled).await
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

/// Has the handler write down that its job will not be done.
async fn tell(
    conn: &mut AsyncPgConnection,
    claim: &Claim,
    code: ErrorCode,
) -> Result<Vec<Ticket>, LedgerError> {
    match registry::find(&claim.kind) {
        Some(registration) => Ok((registration.exhausted)(claim.args.clone(), conn, code).await?),
        None => Ok(Vec::new()),
    }
}

/// Returns everything that this process still holds to the queue, without spending an attempt.
pub(super) async fn return_all(shared: &Shared) {
    let held: Vec<(uuid::Uuid, i64)> = shared
        .leases
        .claims()
        .iter()
        .map(|claim| (claim.id, claim.fence))
        .collect();
    let returned = async {
        let mut conn = shared.state.db().await?;
        Ok::<_, Error>(ledger::put_back_unbegun(&mut conn, &shared.name, &held).await?)
    };
    match returned.await {
        Ok(count) => tracing::info!(count, "jobs returned to the queue"),
        Err(why) => tracing::warn!(error = %why, "not returned; their leases will expire"),
    }
}
