//! Renews the leases of all jobs that this process holds.

use std::sync::Arc;

use jobs::claims;
use kernel::Error;
use tokio::time::MissedTickBehavior;

use super::context::Context;
use super::handler::State;

/// Renews all leases three times in the length of one.
pub(super) async fn keep<S: State>(context: Arc<Context<S>>) {
    let each = context.parts.config.lease / 3;
    let mut tick = tokio::time::interval(each);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        // Bounded, so that a call without an answer does not delay the next one.
        match tokio::time::timeout(each, renew(&context)).await {
            Ok(Ok(())) => {}
            Ok(Err(why)) => tracing::warn!(error = %why, "cannot renew leases; trying again"),
            Err(_) => tracing::warn!("Postgres does not answer; leases are not renewed"),
        }
    }
}

async fn renew<S: State>(context: &Context<S>) -> Result<(), Error> {
    let held = context.leases.to_renew();
    if held.is_empty() {
        return Ok(());
    }
    let mut conn = context.db().await?;
    let lease = context.parts.config.lease;
    let renewed = claims::renew(&mut conn, &context.name, &held, lease).await?;
    context.leases.update_statuses(&held, &renewed);
    Ok(())
}
