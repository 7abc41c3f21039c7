//! Publishes what happened to RabbitMQ.

use futures_util::FutureExt;
use publishers::jobs::PublishEvents;
use publishers::{AMQP, relay};

use super::publish;
use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};

impl Handler<WorkerState> for PublishEvents {
    async fn run(self, state: &WorkerState, _: &Attempt) -> Result<Outcome, JobError> {
        let Some(broker) = &state.core.providers.broker else {
            return Ok(Outcome::Done);
        };
        let step = || relay(&state.core.db, broker.as_ref()).boxed();
        publish(AMQP, &state.paces.amqp, step).await
    }
}
