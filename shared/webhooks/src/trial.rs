//! A message to try an endpoint.

use ::jobs::ledger;
use ::jobs::ledger::Ticket;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use money::accounts::person;
use uuid::Uuid;

use crate::deliveries::{self, NewDelivery};
use crate::facts::Tested;
use crate::model::{Endpoint, Status};

/// Sends one to an endpoint that the caller has locked. Returns the id of its delivery.
///
/// # Errors
/// Those of the database.
pub async fn send(
    conn: &mut AsyncPgConnection,
    endpoint: &Endpoint,
    now: DateTime<Utc>,
) -> QueryResult<(Uuid, Ticket)> {
    let account = Some(endpoint.account_id);
    let person = person(conn, account).await?;
    let fact = Tested {
        endpoint: endpoint.id,
    };
    let event = events::record_new(conn, (person, account), &fact).await?;
    let id = Uuid::now_v7();
    let row = NewDelivery {
        id,
        endpoint_id: endpoint.id,
        event_id: event.id,
        event_name: event.name,
        occurred_at: event.occurred_at,
        status: Status::Pending.as_str(),
        error: None,
        created_at: now,
    };
    deliveries::add(conn, &[row]).await?;
    let ticket = ledger::enqueue(conn, &deliveries::job(endpoint, id)).await?;
    Ok((id, ticket))
}
