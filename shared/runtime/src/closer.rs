//! Closes jobs that have no result to store, many in one statement, so that a short job does not pay
//! for a commit of its own. While one statement runs, the next batch gathers.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use jobs::claims::Claim;
use jobs::ledger;
use kernel::Error;
use kernel::retry::reconnect_delay;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::closing::Message;
use super::context::Context;
use super::handler::State;
use super::release::release;

/// The most jobs that are closed in one statement.
const BATCH: usize = 512;

/// Closes until the process ends.
pub(super) async fn run<S: State>(
    context: Arc<Context<S>>,
    mut messages: mpsc::UnboundedReceiver<Message>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while messages.recv_many(&mut batch, BATCH).await > 0 {
        let (mut done, mut flushes) = (Vec::new(), Vec::new());
        for message in batch.drain(..) {
            match message {
                Message::Done(claim) => done.push(claim),
                Message::Flush(answer) => flushes.push(answer),
            }
        }
        close(&context, &done).await;
        for answer in flushes {
            let _ = answer.send(());
        }
    }
}

async fn close<S: State>(context: &Context<S>, done: &[Arc<Claim>]) {
    if done.is_empty() {
        return;
    }
    let held: Vec<(Uuid, i64)> = done.iter().map(|claim| (claim.id, claim.fence)).collect();
    let (mut failed, deadline) = (0, Instant::now() + context.parts.config.lease);
    loop {
        let closed = async {
            let mut conn = context.db().await?;
            Ok::<_, Error>(ledger::complete_all(&mut conn, &context.name, &held).await?)
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
        context.leases.remove(claim);
    }
    release(context, done).await;
}
