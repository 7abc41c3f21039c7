//! Gives up payments that were not made in time, and nothing unasked.

use chrono::{DateTime, Utc};
use money::payments::abandon;
use money::payments::reconcile::Away;

use crate::state::WorkerState;
use runtime::handler::JobError;

/// The most rows of one query.
const BATCH: i64 = 500;

/// Asks about all payments from before `until` that have not been made; returns how many are given up.
pub(super) async fn give_up(state: &WorkerState, until: DateTime<Utc>) -> Result<usize, JobError> {
    let (mut given_up, mut after, mut away) = (0, None, Away::new());
    loop {
        let old = abandon::old(&mut *state.db().await?, until, after, BATCH).await?;
        let Some(last) = old.last() else {
            return Ok(given_up);
        };
        after = Some(last.id);
        given_up += state.core.reconciler().ask(&old, &mut away).await?;
    }
}
