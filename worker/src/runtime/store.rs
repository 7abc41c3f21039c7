//! Writing the result of a step.

use shared::retry::reconnect_delay;

use super::handler::JobError;

/// Writes the result of a step in one transaction with the closing of its job, and goes on trying
/// while Postgres is away: the result may be paid for. `LeaseLost` ends it, also where a commit
/// went through whose answer was lost.
///
/// A macro, because an async closure cannot be called twice with a borrowed connection and be
/// `Send`.
macro_rules! store {
    ($state:expr, $attempt:expr, |$conn:ident| $write:block) => {{
        let mut failed = 0;
        loop {
            let written = async {
                diesel_async::AsyncConnection::transaction(
                    &mut *$state.db().await?,
                    async |$conn| {
                        shared::jobs::ledger::complete($conn, &$attempt.claim).await?;
                        Ok::<_, crate::runtime::handler::JobError>($write)
                    },
                )
                .await
            };
            match written.await {
                Err(why) if crate::runtime::store::may_pass(&why, &mut failed).await => {}
                ended => break ended,
            }
        }
    }};
}

pub(crate) use store;

/// Whether a write that failed is worth another try; waits before it says yes. The attempt's
/// deadline and its lease end the trying.
pub(crate) async fn may_pass(why: &JobError, failed: &mut u32) -> bool {
    let JobError::Retry {
        source: shared::Error::Unavailable { .. },
        ..
    } = why
    else {
        return false;
    };
    *failed += 1;
    tracing::warn!(error = %why, "the result cannot be stored yet; trying again");
    tokio::time::sleep(reconnect_delay(*failed)).await;
    true
}
