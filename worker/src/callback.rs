//! Has n8n say something to a person, where an operator wants that (docs/N8N.md).
//!
//! A try is an attempt of the job that says it, so that it is repeated as jobs are. Its id is that of the job, and
//! what n8n has confirmed is stored in the transaction that closes the job: it is not said again. Where the answer
//! is lost after n8n has sent the message, the next try sends it once more; n8n has no idempotency key for it.

use vendors::workflow::Callback;

use crate::state::WorkerState;
use runtime::handler::{Attempt, JobError};

/// The attempts of a job in which n8n is asked: after about a minute the person has waited long enough.
const TRIES: i32 = 5;

/// Offers a message to n8n, and returns the ids of what it has sent as far as it knows them. `None`: the worker has
/// to say it by itself.
///
/// # Errors
/// n8n has not taken it, and is to be asked again.
pub(crate) async fn offer(
    state: &WorkerState,
    attempt: &Attempt,
    callback: &Callback<'_>,
) -> Result<Option<Vec<i64>>, JobError> {
    let Some(n8n) = &state.core.providers.n8n else {
        return Ok(None);
    };
    if attempt.claim.attempt > TRIES {
        return Ok(None);
    }
    match n8n.deliver(callback, state.core.clock.now()).await {
        Ok(sent) => Ok(Some(sent)),
        Err(why) if attempt.claim.attempt == TRIES => {
            tracing::warn!(error = %why, "n8n does not take a message: the worker sends it");
            Ok(None)
        }
        Err(why) => Err(why.into()),
    }
}
