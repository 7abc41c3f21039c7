//! Unblocks jobs that wait for the limits of jobs that have ended.

use std::collections::BTreeSet;
use std::sync::Arc;

use jobs::claims::Claim;
use jobs::limits;
use kernel::Error;

use super::context::Context;
use super::handler::State;

/// Unblocks the jobs that wait for the limit keys of these. Call it after their end is committed.
pub(super) async fn release<S: State>(context: &Context<S>, ended: &[Arc<Claim>]) {
    let keys: BTreeSet<String> = ended
        .iter()
        .flat_map(|claim| claim.limit_keys.iter().cloned())
        .collect();
    if keys.is_empty() {
        return;
    }
    let keys: Vec<String> = keys.into_iter().collect();
    let parts = &context.parts;
    let freed = async {
        let mut conn = context.db().await?;
        let queues = &parts.catalogue.queues;
        Ok::<_, Error>(limits::release(&mut conn, &keys, &parts.limits, queues).await?)
    };
    match freed.await {
        Ok(queues) => {
            for queue in queues {
                parts.pusher.wake_queue(queue, 1).await;
            }
        }
        Err(why) => {
            tracing::warn!(error = %why, "cannot release limits; the dispatcher will")
        }
    }
}
