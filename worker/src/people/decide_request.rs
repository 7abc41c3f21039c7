//! Looks whether an address is known that somebody has typed, and writes to its owner.

use people::accounts::decide::decide;
use people::accounts::jobs::DecideAddressRequest;
use people::accounts::links::Links;

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for DecideAddressRequest {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        let links = Links::new(&state.core.config.public_url.at(""));
        let now = state.core.clock.now();
        let letters = store(&state.core.db, attempt, async |conn| {
            Ok(decide(conn, self.request_id, &links, now).await?)
        });
        Ok(Outcome::Closed(letters.await?))
    }
}
