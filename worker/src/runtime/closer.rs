//! Closes jobs that have no result to store: many in one statement, so that a short job does not
//! pay for a commit of its own. While one statement is under way, the next ones gather.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Instant;

use shared::Error;
use shared::jobs::claims::Claim;
use shared::jobs::{ledger, limits};
use shared::product::JOBS;
use shared::retry::reconnect_delay;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::Shared;

/// The most jobs that are closed in one statement.
const BATCH: usize = 512;

/// What is sent to the closer.
pub(crate) enum Message {
    /// Is done; close it.
    Done(Claim),
    /// Answer when everything before this is closed.
    Flush(oneshot::Sender<()>),
}

pub(crate) type Closing = mpsc::UnboundedSender<Message>;

/// Closes until the process ends.
pub(super) async fn run(shared: Arc<Shared>, mut messages: mpsc::UnboundedReceiver<Message>) {
    let mut batch = Vec::with_capacity(BATCH);
    while messages.recv_many(&mut batch, BATCH).await > 0 {
        let (mut done, mut flushes) = (Vec::new(), Vec::new());
        for message in batch.drain(..) {
            match message {
                Message::Done(claim) => done.push(claim),
                Message::Flush(answer) => flushes.push(answer),
            }
        }
        close(&shared, &done).await;
        for answer in flushes {
            let _ = answer.send(());
        }
    }
}

async fn close(shared: &Shared, done: &[Claim]) {
    if done.is_empty() {
        return;
    }
    let held: Vec<(Uuid, i64)> = done.iter().map(|claim| (claim.id, claim.fence)).collect();
    let (mut failed, deadline) = (0, Instant::now() + shared.config.lease);
    loop {
        let closed = async {
            let mut conn = shared.state.db().await?;
            Ok::<_, Error>(ledger::complete_all(&mut conn, &shared.name, &held).await?)
        };
        match closed.await {
            Ok(closed) => {
                let closed: HashSet<Uuid> = closed.into_iter().collect();
                for claim in done.iter().filter(|claim| !closed.contains(&claim.id)) {
                    tracing::warn!(id = %claim.id, "not closed: the lease was lost");
                }
                break;
            }
            Err(why) if Instant::now() < deadline => {
                failed += 1;
                tracing::warn!(error = %why, "cannot close jobs; trying again");
                tokio::time::sleep(reconnect_delay(failed)).await;
            }
            Err(why) => {
                tracing::error!(error = %why, "jobs are not closed; their leases will expire");
                break;
            }
        }
    }
    for claim in done {
        shared.leases.remove(claim);
    }
    release(shared, done).await;
}

/// Lets those in who waited for what these jobs held. After their end is committed.
pub(super) async fn release(shared: &Shared, ended: &[Claim]) {
    let keys: BTreeSet<String> = ended
        .iter()
        .flat_map(|claim| claim.limit_keys.iter().cloned())
        .collect();
    if keys.is_empty() {
        return;
    }
    let keys: Vec<String> = keys.into_iter().collect();
    let freed = async {
        let mut conn = shared.state.db().await?;
        let limits = &shared.state.core.config.limits;
        Ok::<_, Error>(limits::release(&mut conn, &keys, limits, &JOBS).await?)
    };
    match freed.await {
        Ok(queues) => {
            for queue in queues {
                shared.state.core.pusher.wake_queue(queue, 1).await;
            }
        }
        Err(why) => {
            tracing::warn!(error = %why, "limits are not released yet; the dispatcher will")
        }
    }
}
