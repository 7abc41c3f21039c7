//! SQL over `webhook_deliveries`.

use ::jobs::ledger;
use ::jobs::ledger::Ticket;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::jobs::Deliver;
use crate::model::{Delivery, Endpoint, Status};
use schema::webhook_deliveries::{self as deliveries, dsl};
use schema::webhook_endpoints;

/// Why nothing is posted to an endpoint that is switched off.
pub(crate) const DISABLED: &str = "disabled";

/// The most deliveries that one replay begins anew.
pub const REPLAY_MAX: i64 = 1_000;

/// A new delivery.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = deliveries)]
pub(crate) struct NewDelivery {
    pub id: Uuid,
    pub endpoint_id: Uuid,
    pub event_id: Uuid,
    pub event_name: String,
    pub occurred_at: DateTime<Utc>,
    pub status: &'static str,
    pub error: Option<&'static str>,
    pub created_at: DateTime<Utc>,
}

/// Which deliveries of an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub status: Option<Status>,
    /// The last one of the page before.
    pub before: Option<Uuid>,
    pub limit: i64,
}

/// The deliveries of an endpoint, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn list(
    conn: &mut AsyncPgConnection,
    endpoint: Uuid,
    wanted: Wanted,
) -> QueryResult<Vec<Delivery>> {
    let mut own = dsl::webhook_deliveries
        .filter(dsl::endpoint_id.eq(endpoint))
        .select(Delivery::as_select())
        .into_boxed();
    if let Some(status) = wanted.status {
        own = own.filter(dsl::status.eq(status.as_str()));
    }
    if let Some(before) = wanted.before {
        own = own.filter(dsl::id.lt(before));
    }
    own.order(dsl::id.desc())
        .limit(wanted.limit)
        .load(conn)
        .await
}

/// A delivery and its endpoint; `None`: they are gone.
///
/// # Errors
/// Those of the database.
pub async fn find(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> QueryResult<Option<(Delivery, Endpoint)>> {
    dsl::webhook_deliveries
        .inner_join(webhook_endpoints::table)
        .filter(dsl::id.eq(id))
        .select((Delivery::as_select(), Endpoint::as_select()))
        .first(conn)
        .await
        .optional()
}

/// Writes deliveries, of which there is one for each event and endpoint. Returns those that are new and wait.
pub(crate) async fn add(
    conn: &mut AsyncPgConnection,
    rows: &[NewDelivery],
) -> QueryResult<Vec<(Uuid, Uuid)>> {
    let written: Vec<(Uuid, Uuid, String)> = diesel::insert_into(deliveries::table)
        .values(rows)
        .on_conflict_do_nothing()
        .returning((dsl::id, dsl::endpoint_id, dsl::status))
        .get_results(conn)
        .await?;
    let waits = |(_, _, status): &(Uuid, Uuid, String)| status == Status::Pending.as_str();
    let waiting = written.into_iter().filter(waits);
    Ok(waiting.map(|(id, endpoint, _)| (id, endpoint)).collect())
}

/// Begins a delivery of an endpoint anew; one that waits for its next attempt is made at once. One that is posted at this
/// moment stays as it is. `None`: there is none of this id. The caller has locked the endpoint.
///
/// # Errors
/// Those of the database.
pub async fn replay(
    conn: &mut AsyncPgConnection,
    endpoint: &Endpoint,
    id: Uuid,
) -> QueryResult<Option<(Delivery, Option<Ticket>)>> {
    let own = dsl::webhook_deliveries
        .find(id)
        .filter(dsl::endpoint_id.eq(endpoint.id));
    let found: Option<Delivery> = own
        .select(Delivery::as_select())
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    let Some(found) = found else {
        return Ok(None);
    };
    let ticket = match found.is_pending() {
        // It has its job; a second one would wait for a worker that waits for the endpoint.
        true => hurry(conn, endpoint, &[id]).await?.1.pop(),
        false => Some(ledger::enqueue(conn, &job(endpoint, id)).await?),
    };
    if ticket.is_none() {
        return Ok(Some((found, None)));
    }
    begin_anew(conn, &[id]).await?;
    let delivery = own.select(Delivery::as_select()).first(conn).await?;
    Ok(Some((delivery, ticket)))
}

/// Begins anew what has failed since a moment, the oldest first, and then makes at once what waits for its next attempt; at
/// most [`REPLAY_MAX`]. The caller has locked the endpoint.
///
/// # Errors
/// Those of the database.
pub async fn replay_since(
    conn: &mut AsyncPgConnection,
    endpoint: &Endpoint,
    since: DateTime<Utc>,
) -> QueryResult<Vec<Ticket>> {
    let own = dsl::webhook_deliveries
        .filter(dsl::endpoint_id.eq(endpoint.id))
        .filter(dsl::occurred_at.ge(since))
        .order(dsl::id)
        .select(dsl::id);
    let failed: Vec<Uuid> = own
        .filter(dsl::status.eq(Status::Failed.as_str()))
        .limit(REPLAY_MAX)
        .load(conn)
        .await?;
    begin_anew(conn, &failed).await?;
    let all: Vec<Deliver> = failed.iter().map(|id| job(endpoint, *id)).collect();
    let mut tickets = ledger::enqueue_all(conn, &all).await?;
    let left = REPLAY_MAX - i64::try_from(failed.len()).unwrap_or(REPLAY_MAX);
    let waiting: Vec<Uuid> = own
        .filter(dsl::status.eq(Status::Pending.as_str()))
        .filter(dsl::next_at.is_not_null())
        .limit(left)
        .load(conn)
        .await?;
    let (hurried, sooner) = hurry(conn, endpoint, &waiting).await?;
    begin_anew(conn, &hurried).await?;
    tickets.extend(sooner);
    Ok(tickets)
}

/// Lets the jobs of pending deliveries run now; those of the deliveries that are returned do.
async fn hurry(
    conn: &mut AsyncPgConnection,
    endpoint: &Endpoint,
    ids: &[Uuid],
) -> QueryResult<(Vec<Uuid>, Vec<Ticket>)> {
    let all: Vec<Deliver> = ids.iter().map(|id| job(endpoint, *id)).collect();
    let hurried = ::jobs::hurry::hurry(conn, &all).await?;
    let of = |(key, ticket): (String, Ticket)| Some((key.parse::<Uuid>().ok()?, ticket));
    Ok(hurried.into_iter().filter_map(of).unzip())
}

async fn begin_anew(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<usize> {
    diesel::update(dsl::webhook_deliveries.filter(dsl::id.eq_any(ids)))
        .set((
            dsl::status.eq(Status::Pending.as_str()),
            dsl::attempts.eq(0),
            dsl::next_at.eq(None::<DateTime<Utc>>),
            dsl::error.eq(None::<String>),
        ))
        .execute(conn)
        .await
}

/// The job of a delivery.
pub(crate) fn job(endpoint: &Endpoint, delivery_id: Uuid) -> Deliver {
    Deliver {
        delivery_id,
        endpoint_id: endpoint.id,
        account_id: endpoint.account_id,
    }
}

/// Old rows (see [`::jobs::prune`]).
pub(crate) const PRUNE: &[&str] = &["DELETE FROM webhook_deliveries WHERE id IN (
         SELECT id FROM webhook_deliveries WHERE created_at < now() - interval '30 days'
         LIMIT $1 FOR UPDATE SKIP LOCKED)"];
