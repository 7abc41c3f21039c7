//! Writing the result of a step.

use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger;
use kernel::Error;
use kernel::db::Pool;
use kernel::retry::reconnect_delay;

use super::failure::JobError;
use super::handler::Attempt;

/// An async closure whose future can go to another thread. Only a trait can name that future, and a
/// closure is only inferred well with the bound on `AsyncFnOnce` beside it (diesel-async does the
/// same for its transactions).
pub trait Write<A, R>: AsyncFnOnce(A) -> R + FnOnce(A) -> <Self as Write<A, R>>::Writing {
    type Writing: Future<Output = R>;
}

impl<F, A, R, Writing> Write<A, R> for F
where
    F: AsyncFnOnce(A) -> R + FnOnce(A) -> Writing,
    Writing: Future<Output = R>,
{
    type Writing = Writing;
}

/// Writes the result of a step in one transaction with the closing of its job, and goes on trying
/// while Postgres is away: the result may be paid for. [`JobError::Lost`] ends it, also where a
/// commit went through whose answer was lost. `write` borrows what it needs: it may be called more
/// than once.
///
/// # Errors
/// `Lost`, those of `write`, and those of the database that do not pass.
pub async fn store<T, F>(pool: &Pool, attempt: &Attempt, write: F) -> Result<T, JobError>
where
    T: Send,
    for<'c> F: AsyncFnOnce(&'c mut AsyncPgConnection) -> Result<T, JobError>
        + Write<&'c mut AsyncPgConnection, Result<T, JobError>, Writing: Send>
        + Clone
        + Send,
{
    let mut failed = 0;
    loop {
        let write = write.clone();
        let written = async {
            let mut conn = pool.get().await.map_err(Error::from)?;
            let result = conn.transaction(async |conn| {
                ledger::complete(conn, &attempt.claim).await?;
                write(conn).await
            });
            result.await
        };
        match written.await {
            Err(why) if may_pass(&why, &mut failed).await => {}
            ended => return ended,
        }
    }
}

/// Whether a write that failed is worth another try; waits before it says yes. The attempt's
/// deadline and its lease end the trying.
pub async fn may_pass(why: &JobError, failed: &mut u32) -> bool {
    let JobError::Retry {
        source: Error::Unavailable { .. },
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
