//! `symancy jobs probe`: an end-to-end check. A job goes through ledger, Redis and a worker, and its
//! result comes back through the ledger.

use std::io::Write;
use std::time::{Duration, Instant};

use jobs::{Job, ledger, operate};
use probes::jobs::{Act, Probe};
use probes::queries;
use serde::Serialize;
use uuid::Uuid;

use super::{Output, queues};
use crate::failure::Failure;
use crate::operator::Operator;

/// How often the ledger is asked for the result.
const POLL_EVERY: Duration = Duration::from_millis(5);

#[derive(Serialize)]
struct Answer {
    job: Uuid,
    ok: bool,
    took_ms: u128,
}

pub(super) async fn probe(
    operator: &mut Operator,
    output: &mut Output<'_, impl Write>,
    timeout: u64,
) -> Result<(), Failure> {
    let (probe, started) = (Probe::new([Act::Finish { ms: 0 }]), Instant::now());
    let ticket = ledger::enqueue(&mut operator.conn, &probe).await?;
    operator.pusher.wake(&[ticket]).await;
    let ok = came_back(operator, probe.id, started + Duration::from_secs(timeout)).await?;
    let took_ms = started.elapsed().as_millis();
    let answer = Answer {
        job: ticket.id,
        ok,
        took_ms,
    };
    if ok {
        return output.line(&format!("A worker answered in {took_ms} ms."), &answer);
    }
    if output.json {
        output.object(&answer)?;
    }
    queues::warn_if_paused(operator, Probe::QUEUE).await?;
    Err(Failure::Refused(
        why_not(operator, ticket.id, timeout).await?,
    ))
}

async fn came_back(operator: &mut Operator, probe: Uuid, until: Instant) -> Result<bool, Failure> {
    loop {
        if queries::applied_at(&mut operator.conn, probe)
            .await?
            .is_some()
        {
            return Ok(true);
        }
        if Instant::now() >= until {
            return Ok(false);
        }
        tokio::time::sleep(POLL_EVERY).await;
    }
}

async fn why_not(operator: &mut Operator, id: Uuid, timeout: u64) -> Result<String, Failure> {
    let job = operate::show(&mut operator.conn, id).await?;
    let state = job.map_or("gone".to_owned(), |job| job.state);
    let why = match state.as_str() {
        "waiting" => "no worker has claimed it; is one running?",
        "running" => "a worker is at it",
        _ => "see `symancy jobs show`",
    };
    Ok(format!(
        "No result within {timeout} seconds. The job {id} is {state}: {why}."
    ))
}
