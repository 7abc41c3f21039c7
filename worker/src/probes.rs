//! Runs jobs that follow a script.

use std::time::Duration;

use kernel::Error;
use probes::jobs::{Act, Noop, Probe};
use probes::queries;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome, Registration};
use runtime::store::store;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] =
    &[Registration::of::<Probe>(), Registration::of::<Noop>()];

impl Handler<WorkerState> for Probe {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let runs = queries::begin(&mut *state.db().await?, self.id, &attempt.claim).await?;
        let act = self.script.get(runs).or(self.script.last()).copied();
        match act.unwrap_or(Act::Finish { ms: 0 }) {
            Act::Finish { ms } => tokio::time::sleep(Duration::from_millis(ms)).await,
            Act::Block { ms } => std::thread::sleep(Duration::from_millis(ms)),
            Act::Fail { after_ms } => {
                return Err(JobError::Retry {
                    after: after_ms.map(Duration::from_millis),
                    source: Error::internal("the script says so"),
                });
            }
            Act::Snooze { ms } => return Ok(Outcome::Snooze(Duration::from_millis(ms))),
            Act::GiveUp => {
                return Err(JobError::GiveUp {
                    source: Error::invalid("script", "it says so"),
                });
            }
            Act::Cancel => return Ok(Outcome::Cancel("the script says so".to_owned())),
            Act::Panic => panic!("the script says so"),
            Act::Hang => std::future::pending().await,
        }
        store(&state.core.db, attempt, async |conn| {
            Ok(queries::apply(conn, self.id, &attempt.claim).await?)
        })
        .await?;
        Ok(Outcome::Closed(Vec::new()))
    }
}

impl Handler<WorkerState> for Noop {
    async fn run(self, _: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        Ok(Outcome::Done)
    }
}
