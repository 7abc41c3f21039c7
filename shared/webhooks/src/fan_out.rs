//! From the outbox to deliveries: a reader with a cursor of its own, which moves in the transaction that writes the deliveries
//! and their jobs.

use ::jobs::ledger;
use ::jobs::ledger::Ticket;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use events::Event;
use uuid::Uuid;

use crate::deliveries::{self, DISABLED, NewDelivery};
use crate::jobs::Deliver;
use crate::limits::KEPT_DAYS;
use crate::model::Status;
use crate::types;

/// The reader.
pub const CURSOR: &str = "webhooks";

/// The most events that are read at once.
pub const BATCH: i64 = 200;

/// The endpoints of what has happened. To one that is switched off nothing is posted, but what it misses is kept, so that it
/// can be replayed.
const MATCHES: &str = "SELECT endpoint.id AS endpoint_id, endpoint.account_id, endpoint.enabled, happened.id AS event_id,
        happened.name AS event_name, happened.occurred_at
    FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[]) AS happened (id, name, account_id, occurred_at)
    JOIN webhook_endpoints AS endpoint ON endpoint.account_id = happened.account_id
    WHERE happened.occurred_at >= endpoint.created_at
      AND (endpoint.events = '{}' OR happened.name = ANY (endpoint.events))
    ORDER BY endpoint.id, happened.occurred_at FOR KEY SHARE OF endpoint";

#[derive(QueryableByName)]
struct Match {
    #[diesel(sql_type = SqlUuid)]
    endpoint_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    account_id: Uuid,
    #[diesel(sql_type = Bool)]
    enabled: bool,
    #[diesel(sql_type = SqlUuid)]
    event_id: Uuid,
    #[diesel(sql_type = Text)]
    event_name: String,
    #[diesel(sql_type = Timestamptz)]
    occurred_at: DateTime<Utc>,
}

/// Reads the next events, and writes a delivery with its job for each endpoint that wants one. In the caller's transaction;
/// returns how many were read, and the tickets to wake workers with after the commit.
///
/// # Errors
/// Those of the database.
pub async fn step(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
) -> QueryResult<(usize, Vec<Ticket>)> {
    let read = events::read(conn, CURSOR, BATCH).await?;
    let matches = matches(conn, &read, now).await?;
    if matches.is_empty() {
        return Ok((read.len(), Vec::new()));
    }
    let rows: Vec<NewDelivery> = matches.iter().map(|one| delivery(one, now)).collect();
    let written = deliveries::add(conn, &rows).await?;
    let jobs: Vec<Deliver> = written
        .into_iter()
        .filter_map(|(delivery_id, endpoint_id)| {
            let of = |one: &&Match| one.endpoint_id == endpoint_id;
            let account_id = matches.iter().find(of)?.account_id;
            Some(Deliver {
                delivery_id,
                endpoint_id,
                account_id,
            })
        })
        .collect();
    Ok((read.len(), ledger::enqueue_all(conn, &jobs).await?))
}

async fn matches(
    conn: &mut AsyncPgConnection,
    read: &[Event],
    now: DateTime<Utc>,
) -> QueryResult<Vec<Match>> {
    // Of those before it is not known any more whether they were delivered.
    let since = now - TimeDelta::days(KEPT_DAYS);
    let told: Vec<(&Event, Uuid)> = read
        .iter()
        .filter(|event| types::is_offered(&event.name) && event.occurred_at >= since)
        .filter_map(|event| Some((event, event.account_id?)))
        .collect();
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = told.iter().map(|(event, _)| event.id).collect();
    let names: Vec<&str> = told.iter().map(|(event, _)| event.name.as_str()).collect();
    let accounts: Vec<Uuid> = told.iter().map(|(_, account)| *account).collect();
    let times: Vec<DateTime<Utc>> = told.iter().map(|(event, _)| event.occurred_at).collect();
    diesel::sql_query(MATCHES)
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<Array<Text>, _>(names)
        .bind::<Array<SqlUuid>, _>(accounts)
        .bind::<Array<Timestamptz>, _>(times)
        .load(conn)
        .await
}

fn delivery(of: &Match, now: DateTime<Utc>) -> NewDelivery {
    let (status, error) = match of.enabled {
        true => (Status::Pending, None),
        false => (Status::Failed, Some(DISABLED)),
    };
    NewDelivery {
        id: Uuid::now_v7(),
        endpoint_id: of.endpoint_id,
        event_id: of.event_id,
        event_name: of.event_name.clone(),
        occurred_at: of.occurred_at,
        status: status.as_str(),
        error,
        created_at: now,
    }
}
