//! Charges periods of plans that renew, and tells vendors what they have to know. What is due is written before a vendor is
//! called; a charge without an answer is looked for before it is asked for again.

use diesel_async::AsyncConnection;
use kernel::Error;
use money::metrics;
use money::payments::model::PaymentProvider;
use money::renewals::jobs::Renew;
use money::renewals::turn::{self, Turn};
use money::renewals::{queries, requests};
use uuid::Uuid;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// The most persons of one query.
const BATCH: i64 = 200;

impl Handler<WorkerState> for Renew {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        tell_vendors(state).await?;
        let mut seen = Vec::new();
        loop {
            let now = state.core.clock.now();
            let mut conn = state.db().await?;
            let due = queries::due(&mut conn, now, &seen, BATCH).await?;
            drop(conn);
            if due.is_empty() {
                break;
            }
            for person in due {
                // Whatever is wrong with one must not hold up the others.
                if let Err(why) = renew(state, person).await {
                    tracing::error!(error = %why, user_id = %person, "a plan is not renewed yet: it is tried again");
                }
                seen.push(person);
            }
        }
        let past_due = queries::past_due(&mut *state.db().await?).await?;
        metrics::past_due(past_due);
        Ok(Outcome::Done)
    }
}

async fn renew(state: &WorkerState, person: Uuid) -> Result<(), Error> {
    let now = state.core.clock.now();
    let mut conn = state.core.db.get().await?;
    let turn = conn.transaction(async |conn| turn::take(conn, person, now).await);
    let turn = turn.await?;
    // Connections are few: none is held while a vendor is called.
    drop(conn);
    match turn {
        Turn::Done(tickets) => {
            state.core.pusher.wake(&tickets).await;
            Ok(())
        }
        Turn::Charge(due) => {
            let gateways = &state.core.providers.gateways;
            state.core.intake().charge(gateways, &due).await
        }
    }
}

/// A vendor that does not answer is told the next time, and the others all the same.
async fn tell_vendors(state: &WorkerState) -> Result<(), JobError> {
    let mut away: Option<PaymentProvider> = None;
    loop {
        let now = state.core.clock.now();
        let request = requests::take(&mut *state.db().await?, now, away).await?;
        let Some(request) = request else {
            return Ok(());
        };
        let gateways = &state.core.providers.gateways;
        match state.core.intake().tell_vendor(gateways, &request).await {
            Ok(()) => requests::done(&mut *state.db().await?, request.id).await?,
            Err(why) => {
                let provider = request.provider.as_str();
                tracing::warn!(error = %why, provider, "a vendor is told later");
                away = Some(request.provider);
            }
        }
    }
}
