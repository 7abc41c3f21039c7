//! Ends subscriptions whose time is over, and gives up old payments.

use audit::model::Origin;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger::Ticket;
use money::news::{self, News};
use money::payments::abandon;
use money::subscriptions::jobs::Expire;
use money::subscriptions::model::is_for_sale;
use money::subscriptions::queries;
use uuid::Uuid;

use super::give_back::sweep;
use super::give_up::give_up;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// The most rows of one query.
const BATCH: i64 = 500;

/// A refund that is older has perhaps lost its job.
const REFUNDED_WITHIN: TimeDelta = TimeDelta::hours(1);

impl Handler<WorkerState> for Expire {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let now = state.core.clock.now();
        let ended = subscriptions(state, now).await?;
        let abandoned = give_up(state, now - abandon::PATIENCE).await?;
        sweep(state, now - REFUNDED_WITHIN).await?;
        tracing::info!(
            ended,
            abandoned,
            "subscriptions and payments that are over are ended"
        );
        Ok(Outcome::Done)
    }
}

async fn subscriptions(state: &WorkerState, now: DateTime<Utc>) -> Result<usize, JobError> {
    // A row that stays as it is must not be found for ever.
    let mut seen = Vec::new();
    loop {
        let accounts = queries::over(&mut *state.db().await?, now, &seen, BATCH).await?;
        if accounts.is_empty() {
            return Ok(seen.len());
        }
        for user_id in accounts {
            let mut conn = state.db().await?;
            let told = conn
                .transaction(async |conn| end(conn, user_id, now).await)
                .await?;
            drop(conn);
            state.core.pusher.wake(&told).await;
            seen.push(user_id);
        }
    }
}

async fn end(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> diesel::QueryResult<Vec<Ticket>> {
    let Some(before) = queries::lock(conn, user_id).await? else {
        return Ok(Vec::new());
    };
    // The same if it was renewed meanwhile, or ended by another run: then nothing is written.
    let after = queries::by_now(conn, &before, now).await?;
    let origin = Origin::own("worker");
    queries::write(conn, &before, &after, &origin, "subscription_expired", None).await?;
    if !is_for_sale(before.tier) || after.tier == before.tier {
        return Ok(Vec::new());
    }
    let (account, tier) = (user_id, before.tier);
    news::tell(conn, account, &News::PlanEnded { account, tier }).await
}
