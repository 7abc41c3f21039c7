//! Writes how an attempt has ended, and what follows for its endpoint. The endpoint is locked first: an erasure
//! waits for what is recorded then.

use ::jobs::ledger;
use ::jobs::ledger::Ticket;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use money::accounts::person;
use uuid::Uuid;
use vendors::webhook::Answered;

use crate::deliveries::DISABLED;
use crate::endpoints::{self, EndpointChange};
use crate::facts::Disabled;
use crate::jobs::TellDisabled;
use crate::metrics;
use crate::model::{Delivery, Endpoint, Status};
use crate::rules::{Verdict, is_lost};
use schema::webhook_deliveries as deliveries;

/// Notes the end of an attempt at this address. Wake a worker with the tickets after the commit.
///
/// # Errors
/// Those of the database.
pub async fn note(
    conn: &mut AsyncPgConnection,
    (delivery, address): (&Delivery, &str),
    (answered, verdict): (&Answered, Verdict),
    now: DateTime<Utc>,
) -> QueryResult<Vec<Ticket>> {
    let Some(endpoint) = endpoints::lock(conn, delivery.endpoint_id).await? else {
        return Ok(Vec::new());
    };
    let (response, error) = match *answered {
        Answered::Status { status, .. } => (i16::try_from(status).ok(), None),
        Answered::Not(why) => (None, Some(why.as_str())),
    };
    let (status, next_at) = match verdict {
        Verdict::Delivered => (Status::Delivered, None),
        Verdict::Again(wait) => {
            let wait = TimeDelta::from_std(wait).unwrap_or_default();
            (Status::Pending, Some(now + wait))
        }
        Verdict::Failed | Verdict::Gone => (Status::Failed, None),
    };
    diesel::update(deliveries::table.find(delivery.id))
        .set((
            deliveries::status.eq(status.as_str()),
            deliveries::attempts.eq(delivery.attempts + 1),
            deliveries::next_at.eq(next_at),
            deliveries::last_at.eq(now),
            deliveries::response_status.eq(response),
            deliveries::error.eq(error),
        ))
        .execute(conn)
        .await?;
    // What another address did says nothing of this one.
    if endpoint.url != address {
        return Ok(Vec::new());
    }
    follow(conn, &endpoint, verdict, now).await
}

/// What follows for the endpoint.
async fn follow(
    conn: &mut AsyncPgConnection,
    endpoint: &Endpoint,
    verdict: Verdict,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Ticket>> {
    let since = match (verdict, endpoint.failing_since) {
        (Verdict::Delivered, None) => return Ok(Vec::new()),
        (Verdict::Delivered, Some(_)) => None,
        (_, since) => Some(since.unwrap_or(now)),
    };
    let why = match (verdict, since) {
        _ if !endpoint.enabled => None,
        (Verdict::Gone, _) => Some("gone"),
        // Not by the first try of an event after days without any.
        (Verdict::Failed, Some(since)) if is_lost(since, now) => Some("failing"),
        _ => None,
    };
    let change = EndpointChange {
        failing_since: Some(since),
        enabled: why.map(|_| false),
        disabled_why: why.map(Some),
        ..EndpointChange::default()
    };
    endpoints::set(conn, endpoint.id, change).await?;
    match why {
        Some(why) => tell(conn, endpoint, why).await,
        None => Ok(Vec::new()),
    }
}

async fn tell(
    conn: &mut AsyncPgConnection,
    endpoint: &Endpoint,
    why: &'static str,
) -> QueryResult<Vec<Ticket>> {
    metrics::disabled(why);
    let account = Some(endpoint.account_id);
    let person = person(conn, account).await?;
    let fact = Disabled {
        endpoint: endpoint.id,
        why,
    };
    events::record_of(conn, (person, account), &fact).await?;
    let job = TellDisabled {
        endpoint_id: endpoint.id,
        account_id: endpoint.account_id,
    };
    Ok(vec![ledger::enqueue(conn, &job).await?])
}

/// Notes that a delivery is not tried: its endpoint is switched off, or its event is not kept any more.
///
/// # Errors
/// Those of the database.
pub async fn give_up(conn: &mut AsyncPgConnection, id: Uuid, why: GivenUp) -> QueryResult<()> {
    let open = deliveries::table
        .find(id)
        .filter(deliveries::status.eq(Status::Pending.as_str()));
    diesel::update(open)
        .set((
            deliveries::status.eq(Status::Failed.as_str()),
            deliveries::next_at.eq(None::<DateTime<Utc>>),
            deliveries::error.eq(why.as_str()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// Why a delivery is not tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    Disabled,
    EventGone,
    /// By a fault of ours.
    Fault,
}

impl GivenUp {
    fn as_str(self) -> &'static str {
        match self {
            Self::Disabled => DISABLED,
            Self::EventGone => "event_gone",
            Self::Fault => "given_up",
        }
    }
}
