//! Counts the active persons of days that have ended, and recounts yesterday from its events.

use std::time::Duration;

use analytics::jobs::CountDays;
use analytics::metrics;
use analytics::rollups::{check, counts, meet};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

/// How long it waits for the cursor.
const PAUSE: Duration = Duration::from_secs(15);

impl Handler<WorkerState> for CountDays {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let now = state.core.clock.now();
        let mut conn = state.db().await?;
        meet::meet_all(&mut conn).await?;
        if counts::count_days(&mut conn, now).await?.is_none() {
            // A step of the projection, or a rebuild that begins.
            return Ok(Outcome::Snooze(PAUSE));
        }
        let day = check::yesterday(&mut conn, now).await?;
        let compared = check::check_day(&mut conn, day).await?;
        for one in compared.iter().flatten().filter(|one| one.drift() > 0) {
            let (name, kept, counted) = (&one.name, one.kept, one.counted);
            tracing::error!(%day, name, kept, counted, "sums are not what the events are");
            metrics::drift(name, one.drift());
        }
        Ok(Outcome::Done)
    }
}
