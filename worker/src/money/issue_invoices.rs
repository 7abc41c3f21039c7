//! Issues what invoices are lacking, and forgets buyers after the time of the law.

use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use money::invoices::jobs::IssueInvoices;
use money::invoices::{lacking, queries};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// The most payments of one query.
const BATCH: i64 = 500;

impl Handler<WorkerState> for IssueInvoices {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let now = state.core.clock.now();
        let caught_up = catch_up(state, now).await?;
        let conn = &mut state.db().await?;
        let forgotten = queries::forget_buyers(conn, state.keep_buyers_years, now).await?;
        tracing::info!(caught_up, forgotten, "invoices are issued");
        Ok(Outcome::Done)
    }
}

/// Each payment in a transaction of its own.
async fn catch_up(state: &WorkerState, now: DateTime<Utc>) -> Result<usize, JobError> {
    let terms = &state.core.config.invoices;
    let (mut after, mut caught_up) = (lacking::START, 0);
    loop {
        let mut conn = state.db().await?;
        let rows = lacking::lacking(&mut conn, after, BATCH).await?;
        let Some(last) = rows.last() else {
            return Ok(caught_up);
        };
        after = *last;
        for (_, payment) in rows {
            conn.transaction(async |conn| lacking::catch_up(conn, payment, terms, now).await)
                .await?;
            caught_up += 1;
        }
    }
}
