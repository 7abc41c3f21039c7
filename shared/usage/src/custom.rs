//! Events of an account's own: each id counts once, whenever and however often it comes.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::rules;
use schema::usage_events;

/// An event as it was sent, whose form is good.
#[derive(Clone, Debug)]
pub struct Given {
    pub id: String,
    pub name: String,
    /// `None`: at the moment at which it comes.
    pub occurred_at: Option<DateTime<Utc>>,
    pub properties: Value,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Accepted,
    /// It has come before.
    Duplicate,
    /// Another one has come before under its id.
    Conflict,
}

impl Given {
    /// SHA-256 of what was sent.
    fn digest(&self) -> Vec<u8> {
        let told = json!([self.name, self.occurred_at, sorted(&self.properties)]);
        Sha256::digest(told.to_string()).to_vec()
    }
}

/// The properties by their names: their order says nothing.
fn sorted(properties: &Value) -> Vec<(&String, &Value)> {
    let mut fields: Vec<_> = properties.as_object().into_iter().flatten().collect();
    fields.sort_by_key(|(name, _)| *name);
    fields
}

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = BigInt)]
    of_day: i64,
}

/// Writes events of an account, and says of each what became of it.
///
/// # Errors
/// `NotFound` if the account is gone; E304 if a day would have more than [`rules::EVENTS_OF_DAY`]; those of the database.
pub async fn record(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    given: &[Given],
    now: DateTime<Utc>,
) -> Result<Vec<Verdict>, Error> {
    // Of those with one id in one call the first counts.
    let mut firsts: HashMap<&str, usize> = HashMap::new();
    for (index, one) in given.iter().enumerate() {
        firsts.entry(&one.id).or_insert(index);
    }
    let digests: Vec<Vec<u8>> = given.iter().map(Given::digest).collect();
    let first = |index: usize| firsts.get(given[index].id.as_str()) == Some(&index);
    let rows = (0..given.len()).filter(|index| first(*index));
    let rows: Vec<Value> = rows
        .map(|index| row(&given[index], &digests[index]))
        .collect();
    let (kept, known) = conn
        .transaction(async |conn| {
            let kept = write(conn, account, Value::Array(rows), now).await?;
            Ok::<_, Error>((kept, known(conn, account, given).await?))
        })
        .await?;
    // Each of them is there by now, or the account is not.
    if known.is_empty() && !given.is_empty() {
        return Err(Error::NotFound("account"));
    }
    let verdict = |index: usize| {
        let id = given[index].id.as_str();
        if first(index) && kept.contains(id) {
            Verdict::Accepted
        } else if known.get(id) == Some(&digests[index]) {
            Verdict::Duplicate
        } else {
            Verdict::Conflict
        }
    };
    Ok((0..given.len()).map(verdict).collect())
}

fn row(one: &Given, digest: &[u8]) -> Value {
    json!({
        "id": one.id,
        "name": one.name,
        "occurred_at": one.occurred_at,
        "properties": one.properties,
        "digest": hex::encode(digest),
    })
}

async fn write(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    rows: Value,
    now: DateTime<Utc>,
) -> Result<HashSet<String>, Error> {
    let kept: Vec<Kept> = diesel::sql_query(include_str!("custom.sql"))
        .bind::<SqlUuid, _>(account)
        .bind::<Jsonb, _>(rows)
        .bind::<Timestamptz, _>(now)
        .load(conn)
        .await?;
    if kept.iter().any(|one| one.of_day > rules::EVENTS_OF_DAY) {
        return Err(Error::RateLimited {
            retry_after: rules::EVENTS_AGAIN,
        });
    }
    Ok(kept.into_iter().map(|one| one.id).collect())
}

/// The digests of these ids, as they are stored by now: a statement of its own sees what another transaction has written.
async fn known(
    conn: &mut AsyncPgConnection,
    account: Uuid,
    given: &[Given],
) -> QueryResult<HashMap<String, Vec<u8>>> {
    let ids: Vec<&str> = given.iter().map(|one| one.id.as_str()).collect();
    let rows: Vec<(String, Vec<u8>)> = usage_events::table
        .filter(usage_events::account_id.eq(account))
        .filter(usage_events::id.eq_any(ids))
        .select((usage_events::id, usage_events::digest))
        .load(conn)
        .await?;
    Ok(rows.into_iter().collect())
}
