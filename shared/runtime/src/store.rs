//! Writes the result of a step.

use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger;
use kernel::Error;
use kernel::db::Pool;
use kernel::retry::reconnect_delay;

use super::failure::JobError;
use super::handler::Attempt;

/// An async closure whose future is `Send`. Only a trait can name that future, and the compiler infers
/// the closure only with the additional bound on `AsyncFnOnce` (diesel-async does the same for its
/// transactions).
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

/// Writes the result of a step and closes its job in one transaction. Retries while Postgres is
/// unreachable: the result may be paid for. [`JobError::Lost`] ends it, also after a commit whose reply
/// was lost. `write` may be called more than once.
///
/// # Errors
/// `Lost`, those of `write`, and permanent ones of the database.
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

/// Whether to retry a failed write; waits before it returns true. The deadline of the attempt and its
/// lease end the retries.
pub async fn may_pass(why: &JobError, failed: &mut u32) -> bool {
    let JobError::Retry {
        source: Error::Unavailable { .. },
        ..
    } = why
    else {
        return false;
    };
    *failed += 1;
    tracing::warn!(error = %why, "cannot store the result; trying again");
    tokio::time::sleep(reconnect_delay(*failed)).await;
    true
}
