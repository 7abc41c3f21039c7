//! The reconciler: asks vendors about payments on a schedule, because notifications may be lost.

use money::payments::asking::{self, AskAgain, AskVendors};
use money::payments::model::PaymentProvider;

use crate::state::WorkerState;
use money::payments::reconcile::Away;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// The most payments that are taken at once.
const BATCH: i64 = 200;

/// Those that wait for their money and are due.
impl Handler<WorkerState> for AskVendors {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let now = state.core.clock.now();
        let mut away = Away::new();
        loop {
            let without: Vec<&str> = away.iter().copied().collect();
            let mut conn = state.db().await?;
            let due = asking::take_due(&mut conn, now, &without, BATCH).await?;
            drop(conn);
            let Some(due) = due else { break };
            state.core.reconciler().ask(&due, &mut away).await?;
        }
        count(state).await?;
        Ok(Outcome::Done)
    }
}

/// Those whose money has come or gone: it may have moved again; and those that were given up: it may have come.
impl Handler<WorkerState> for AskAgain {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let now = state.core.clock.now();
        let (mut after, mut away) = (None, Away::new());
        loop {
            let mut conn = state.db().await?;
            let paid = asking::to_ask_again(&mut conn, now, after, BATCH).await?;
            drop(conn);
            let Some(last) = paid.last() else {
                return Ok(Outcome::Done);
            };
            after = Some(last.id);
            state.core.reconciler().ask(&paid, &mut away).await?;
        }
    }
}

async fn count(state: &WorkerState) -> Result<(), JobError> {
    let now = state.core.clock.now();
    let pending = asking::pending(&mut *state.db().await?, now).await?;
    for provider in PaymentProvider::ALL {
        for age in asking::AGES {
            let same = |one: &&asking::Pending| one.provider == provider.as_str() && one.age == age;
            let payments = pending.iter().find(same).map_or(0, |one| one.payments);
            money::metrics::payments_pending(provider.as_str(), age, payments);
        }
    }
    Ok(())
}
