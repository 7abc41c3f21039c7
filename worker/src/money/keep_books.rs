//! Keeps the books of the money.

use chrono::{DateTime, Utc};
use diesel_async::AsyncConnection;
use money::books::jobs::KeepBooks;
use money::books::{compare, lacking};
use uuid::Uuid;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// The most payments of one query.
const BATCH: i64 = 500;

impl Handler<WorkerState> for KeepBooks {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let now = state.core.clock.now();
        let booked = catch_up(state, now).await?;
        for compared in compare::compare(&mut *state.db().await?).await? {
            money::metrics::books_compared(&compared);
            let difference = compared.difference();
            if difference != 0 {
                tracing::error!(
                    provider = compared.provider,
                    currency = compared.currency,
                    difference,
                    "the books and the payments differ: see `symancy money trace`"
                );
            }
        }
        tracing::info!(booked, "the books are kept");
        Ok(Outcome::Done)
    }
}

/// Each payment in a transaction of its own.
async fn catch_up(state: &WorkerState, now: DateTime<Utc>) -> Result<usize, JobError> {
    let (mut after, mut booked) = (Uuid::nil(), 0);
    loop {
        let mut conn = state.db().await?;
        let lacking = lacking::payments(&mut conn, after, now, BATCH).await?;
        let Some(last) = lacking.last() else {
            return Ok(booked);
        };
        after = *last;
        for payment in lacking {
            conn.transaction(async |conn| lacking::catch_up(conn, payment, now).await)
                .await?;
            booked += 1;
        }
    }
}
