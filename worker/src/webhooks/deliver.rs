//! Posts an event to an endpoint. A worker that dies after the call and before its end is noted leaves the delivery as it
//! is, so that it is posted again, by the same id.

use std::time::Duration;

use chrono::Utc;
use diesel::QueryResult;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use jobs::ledger;
use jobs::ledger::Ticket;
use kernel::{Error, ErrorCode};
use serde_json::json;
use url::Url;
use vendors::standard_webhooks::Secret;
use vendors::webhook::{Answered, Message};
use webhooks::jobs::Deliver;
use webhooks::model::{Delivery, Endpoint};
use webhooks::results::{self, GivenUp};
use webhooks::rules::{self, Verdict};
use webhooks::{deliveries, metrics, secrets};

use crate::state::WorkerState;
use runtime::handler::{Attempt, Handler, JobError, Outcome};
use runtime::store::store;

impl Handler<WorkerState> for Deliver {
    async fn run(self, state: &WorkerState, attempt: &Attempt) -> Result<Outcome, JobError> {
        match begin(state, self.delivery_id).await? {
            Begun::Over => Ok(Outcome::Done),
            Begun::Early(wait) => Ok(Outcome::Snooze(wait)),
            Begun::GivenUp(why) => {
                let id = self.delivery_id;
                let given_up = store(&state.core.db, attempt, async |conn| {
                    Ok(results::give_up(conn, id, why).await?)
                });
                given_up.await?;
                Ok(Outcome::Closed(Vec::new()))
            }
            Begun::Ready(sending) => {
                let answered = sending.post(state).await;
                sending.note(state, attempt, answered).await
            }
        }
    }

    async fn exhausted(
        self,
        conn: &mut AsyncPgConnection,
        _: ErrorCode,
    ) -> QueryResult<Vec<Ticket>> {
        results::give_up(conn, self.delivery_id, GivenUp::Fault).await?;
        Ok(Vec::new())
    }
}

/// What there is to do for a delivery.
enum Begun {
    /// Nothing: it is delivered, given up, or gone.
    Over,
    /// Nothing for so long.
    Early(Duration),
    GivenUp(GivenUp),
    Ready(Box<Sending>),
}

/// A delivery that is being posted.
struct Sending {
    delivery: Delivery,
    /// As the endpoint has it.
    address: String,
    url: Url,
    secrets: Vec<Secret>,
    body: Vec<u8>,
}

async fn begin(state: &WorkerState, id: uuid::Uuid) -> Result<Begun, JobError> {
    let now = state.core.clock.now();
    let mut conn = state.db().await?;
    let Some((delivery, endpoint)) = deliveries::find(&mut conn, id).await? else {
        return Ok(Begun::Over);
    };
    if !delivery.is_pending() {
        return Ok(Begun::Over);
    }
    if !endpoint.enabled {
        return Ok(Begun::GivenUp(GivenUp::Disabled));
    }
    if let Some(wait) = rules::wait(delivery.next_at, now) {
        return Ok(Begun::Early(wait));
    }
    let Some(body) = body(&mut conn, &delivery, &endpoint).await? else {
        return Ok(Begun::GivenUp(GivenUp::EventGone));
    };
    let vault = &state.core.config.vault;
    Ok(Begun::Ready(Box::new(Sending {
        secrets: secrets::of(&mut conn, vault, &endpoint, now).await?,
        url: endpoint.url.parse().map_err(Error::internal)?,
        address: endpoint.url,
        delivery,
        body,
    })))
}

/// The event as it is now: one of a person who is gone does not name them.
async fn body(
    conn: &mut AsyncPgConnection,
    delivery: &Delivery,
    endpoint: &Endpoint,
) -> Result<Option<Vec<u8>>, JobError> {
    let event = events::find(conn, (delivery.event_id, delivery.occurred_at)).await?;
    let Some(event) = event else {
        return Ok(None);
    };
    let mut body = events::envelope(&event);
    body["account_id"] = json!(endpoint.account_id);
    Ok(Some(body.to_string().into_bytes()))
}

impl Sending {
    async fn post(&self, state: &WorkerState) -> Answered {
        let id = self.delivery.event_id.to_string();
        let message = Message {
            id: &id,
            body: &self.body,
        };
        let caller = &state.core.providers.webhooks;
        // The receiver compares this time with its clock.
        caller
            .post(&self.url, &self.secrets, message, Utc::now())
            .await
    }

    async fn note(
        &self,
        state: &WorkerState,
        attempt: &Attempt,
        answered: Answered,
    ) -> Result<Outcome, JobError> {
        let now = state.core.clock.now();
        let verdict = rules::judge(&answered, self.delivery.attempts + 1, rand::random());
        let of = (&self.delivery, self.address.as_str());
        let end = (&answered, verdict);
        let outcome = match verdict {
            Verdict::Again(wait) => {
                let mut conn = state.db().await?;
                let noted = conn.transaction(async |conn| {
                    ledger::hold(conn, &attempt.claim).await?;
                    Ok::<_, JobError>(results::note(conn, of, end, now).await?)
                });
                let tickets = noted.await?;
                drop(conn);
                state.core.pusher.wake(&tickets).await;
                Outcome::Snooze(wait)
            }
            _ => {
                let noted = store(&state.core.db, attempt, async |conn| {
                    Ok(results::note(conn, of, end, now).await?)
                });
                Outcome::Closed(noted.await?)
            }
        };
        self.measure(verdict, now);
        Ok(outcome)
    }

    fn measure(&self, verdict: Verdict, now: chrono::DateTime<Utc>) {
        metrics::attempted(match verdict {
            Verdict::Delivered => "delivered",
            Verdict::Again(_) => "again",
            Verdict::Failed => "failed",
            Verdict::Gone => "gone",
        });
        if verdict == Verdict::Delivered {
            let after = now - self.delivery.occurred_at;
            metrics::delivered(after.to_std().unwrap_or_default());
        }
    }
}
