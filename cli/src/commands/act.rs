//! `symancy jobs retry`, `cancel` and `discard`.

use std::io::Write;

use jobs::Queue;
use jobs::ledger::Ticket;
use jobs::operate;
use jobs::operate::Outcome;
use product::JOBS;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::{Output, list, queues};
use crate::args::Retry;
use crate::failure::{Failure, to_stderr};
use crate::operator::Operator;

/// What is done to a job.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Retry,
    Cancel,
    Discard,
}

impl Action {
    async fn carry_out(
        self,
        operator: &mut Operator,
        id: Uuid,
    ) -> Result<(Outcome, Option<Ticket>), Failure> {
        let conn = &mut operator.conn;
        let (outcome, ticket) = match self {
            Self::Retry => operate::retry(conn, &JOBS, id).await?,
            Self::Cancel => operate::cancel(conn, &JOBS, id).await?,
            Self::Discard => (operate::discard(conn, id).await?, None),
        };
        if outcome.refusal().is_none() {
            operator
                .note(self.audited(), Some(id), json!(outcome))
                .await?;
        }
        Ok((outcome, ticket))
    }

    /// The action in the audit log.
    fn audited(self) -> &'static str {
        match self {
            Self::Retry => "job_retried",
            Self::Cancel => "job_cancelled",
            Self::Discard => "job_discarded",
        }
    }

    fn done(self, outcome: &Outcome) -> &'static str {
        match (self, outcome) {
            (Self::Retry, _) => "sent round again",
            (Self::Cancel, Outcome::Requested) => "will be ended by a worker",
            (Self::Cancel, _) => "cancelled",
            (Self::Discard, _) => "deleted",
        }
    }

    fn failed(self) -> &'static str {
        match self {
            Self::Retry => "not sent round again",
            Self::Cancel => "not cancelled",
            Self::Discard => "not deleted",
        }
    }
}

#[derive(Serialize)]
struct Answer {
    id: Uuid,
    outcome: Outcome,
}

/// One job after the other; a refusal for one does not keep it from the others.
pub(super) async fn each(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    action: Action,
    ids: Vec<Uuid>,
) -> Result<(), Failure> {
    let mut all = Ok(());
    for id in ids {
        let (outcome, ticket) = action.carry_out(operator, id).await?;
        operator.pusher.wake(ticket.as_slice()).await;
        let refusal = outcome.refusal();
        let sentence = format!("{id}  {}", action.done(&outcome));
        let requested = outcome == Outcome::Requested;
        if output.json {
            output.object(&Answer { id, outcome })?;
        } else if refusal.is_none() {
            writeln!(output.writer, "{sentence}")?;
        }
        if let Some(why) = refusal {
            to_stderr(&format!("{id}  {}: {why}", action.failed()));
            all = Err(Failure::Reported);
        }
        if requested {
            warn_if_it_waits(operator, id).await?;
        }
    }
    all
}

/// A worker ends a running job within seconds, a waiting one when it would claim it.
async fn warn_if_it_waits(operator: &mut Operator, id: Uuid) -> Result<(), Failure> {
    let job = operate::show(&mut operator.conn, id).await?;
    let waits = job.filter(|job| job.state == "waiting");
    match waits.and_then(|job| JOBS.queue(&job.queue)) {
        Some(queue) => queues::warn_if_paused(operator, queue).await,
        None => Ok(()),
    }
}

#[derive(Serialize)]
struct Sent {
    retried: usize,
    ids: Vec<Uuid>,
}

pub(super) async fn retry_dead(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    wanted: Retry,
) -> Result<(), Failure> {
    let kind = wanted.kind.as_deref();
    let sent =
        operate::retry_dead(&mut operator.conn, &JOBS, wanted.queue, kind, wanted.limit).await?;
    operator.pusher.wake(&sent).await;
    if !sent.is_empty() {
        let queue = wanted.queue.map(Queue::name);
        let about = json!({ "queue": queue, "kind": kind, "count": sent.len() });
        operator.note("dead_jobs_retried", None, about).await?;
    }
    let sentence = match sent.len() {
        0 => "No dead jobs match.".to_owned(),
        1 => "1 dead job sent round again.".to_owned(),
        count => format!("{count} dead jobs sent round again."),
    };
    let sent = Sent {
        retried: sent.len(),
        ids: sent.iter().map(|ticket| ticket.id).collect(),
    };
    output.line(&sentence, &sent)?;
    if sent.retried == 0 {
        list::hint(kind);
    } else if sent.retried as i64 == wanted.limit {
        to_stderr("There may be more: run it again, or with a higher --limit.");
    }
    Ok(())
}
