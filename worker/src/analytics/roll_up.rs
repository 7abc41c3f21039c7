//! Reads what has happened and moves all sums.

use analytics::jobs::RollUp;
use analytics::metrics;
use analytics::rollups::step::{BATCH, Step, step};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// So many steps a run: another one begins seconds later where the last has ended.
const STEPS: usize = 200;

impl Handler<WorkerState> for RollUp {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let zone = &state.core.config.analytics.zone;
        for _ in 0..STEPS {
            // A connection a step, so that others have their turn.
            let stepped = step(&mut *state.db().await?, zone, BATCH).await?;
            metrics::other_zone(stepped == Step::OtherZone);
            match stepped {
                // Who holds the cursor reads, or lets the next run read.
                Step::Read(0) | Step::Held => break,
                Step::Read(_) => {}
                Step::OtherZone => {
                    tracing::error!(
                        zone,
                        "ANALYTICS_TIMEZONE is another zone than that of the days that are counted: nothing is counted \
                         until `symancy analytics rebuild` has run"
                    );
                    break;
                }
            }
        }
        Ok(Outcome::Done)
    }
}
