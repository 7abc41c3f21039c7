//! Runs one claim to its end and writes down how it ended.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use diesel_async::AsyncConnection;
use futures_util::FutureExt;
use shared::jobs::Queue;
use shared::jobs::claims::Claim;
use shared::jobs::ledger::{self, LedgerError, Ticket};
use shared::telemetry::{chain, metrics};
use shared::{Error, ErrorCode, retry};
use tracing::Instrument;

use super::Shared;
use super::backend::Claimed;
use super::handler::{Attempt, JobError, Outcome, Registration};
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
            Self::Lost => "lost",
        }
    }
}

/// Runs a claim. Never fails: what goes wrong is in the ledger, or the lease expires.
pub(super) async fn run(shared: &Shared, queue: Queue, claimed: Claimed) {
    let claim = claimed.claim.clone();
    let span =
        tracing::info_span!("job", kind = claim.kind, id = %claim.id, attempt = claim.attempt);
    let whole = async {
        let started = Instant::now();
        let verdict = judge(shared, &claim).await;
        metrics::job_processed(queue.name(), verdict.status(), started.elapsed());
        write_down(shared, &claim, verdict).await;
    };
    // apalis polls all jobs of a queue in one task: a panic here would take the others with it.
    if AssertUnwindSafe(whole.instrument(span))
        .catch_unwind()
        .await
        .is_err()
    {
        tracing::error!(id = %claim.id, "writing the outcome panicked; the lease will expire");
    }
    shared.leases.remove(&claim);
}

async fn judge(shared: &Shared, claim: &Claim) -> Verdict {
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
    let result = tokio::select! {
        // An attempt that has closed its job ends its lease as well; the attempt knows better.
        biased;
        result = attempt(shared, claim, registration) => result,
        () = shared.leases.lost(claim) => Err(JobError::Lost),
    };
    match result {
        Ok(Outcome::Done) => Verdict::Done,
        Ok(Outcome::Closed(tickets)) => Verdict::Closed(tickets),
        Ok(Outcome::Snooze(after)) => Verdict::Again { after, error: None },
        Err(why) => failure(claim, why),
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
        JobError::Retry { after, at_most, .. } if may_retry(claim, at_most) => {
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

fn may_retry(claim: &Claim, at_most: Option<i32>) -> bool {
    !claim.is_last_attempt() && at_most.is_none_or(|most| claim.attempt < most)
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

enum Refusal {
    Lost,
    Away(Error),
}

impl<E: Into<JobError>> From<E> for Refusal {
    fn from(why: E) -> Self {
        match why.into() {
            JobError::Lost => Self::Lost,
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
            let exhausted = registry::find(&claim.kind).map(|registration| registration.exhausted);
            let tickets = conn
                .transaction(async |conn| {
                    ledger::bury(conn, claim, error).await?;
                    match exhausted {
                        Some(exhausted) => Ok(exhausted(claim.args.clone(), conn, *code).await?),
                        None => Ok::<_, LedgerError>(Vec::new()),
                    }
                })
                .await?;
            metrics::job_dead(&claim.kind);
            Ok(tickets)
        }
        _ => {
            ledger::complete(&mut conn, claim).await?;
            Ok(Vec::new())
        }
    }
}

/// Returns everything that this process still holds to the queue, without spending an attempt.
pub(super) async fn return_all(shared: &Shared) {
    for claim in shared.leases.claims() {
        let returned = async {
            let mut conn = shared.state.db().await?;
            ledger::put_back(&mut conn, &claim, Duration::ZERO, None).await?;
            Ok::<_, Refusal>(())
        };
        if let Err(Refusal::Away(why)) = returned.await {
            tracing::warn!(id = %claim.id, error = %why, "not returned; the lease will expire");
        }
        shared.leases.remove(&claim);
    }
}
