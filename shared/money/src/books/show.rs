//! What operators see of the books.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

/// An account, and what stands on it.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName, Serialize)]
pub struct Balance {
    #[diesel(sql_type = Text)]
    pub account: String,
    #[diesel(sql_type = Text)]
    pub currency: String,
    /// In the smallest unit of the currency: positive for what is ours or due to us, negative for what is owed or earned.
    #[diesel(sql_type = BigInt)]
    pub minor: i64,
}

const BALANCE: &str = "SELECT account, currency, sum(minor)::bigint AS minor FROM book_postings
     GROUP BY account, currency ORDER BY account, currency";

/// All accounts.
///
/// # Errors
/// Those of the database.
pub async fn balance(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Balance>> {
    diesel::sql_query(BALANCE).load(conn).await
}

/// A posting, with its entry.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName, Serialize)]
pub struct Posting {
    #[diesel(sql_type = Timestamptz)]
    pub happened_at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Text)]
    pub source: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub payment_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub account: String,
    #[diesel(sql_type = Text)]
    pub currency: String,
    #[diesel(sql_type = BigInt)]
    pub minor: i64,
}

const TRACE: &str = "SELECT happened_at, kind, source, payment_id, account, currency, minor
     FROM book_entries JOIN book_postings ON entry_id = id
     WHERE payment_id IN (
         SELECT id FROM payments WHERE id::text = $1 OR repeats::text = $1 OR external_id = $1)
        OR payment_id::text = $1
        OR source IN (SELECT 'charge:' || provider || ':' || $1 || ':' || way
            FROM unnest(enum_range(NULL::payment_provider)) AS provider, unnest(ARRAY['came', 'went']) AS way)
     ORDER BY happened_at, id, minor DESC";

/// All postings of a payment, by its id or the vendor's number of the charge.
///
/// # Errors
/// Those of the database.
pub async fn trace(conn: &mut AsyncPgConnection, wanted: &str) -> QueryResult<Vec<Posting>> {
    let wanted = diesel::sql_query(TRACE).bind::<Text, _>(wanted);
    wanted.load(conn).await
}

const ASTRAY: &str = "SELECT happened_at, kind, source, payment_id, account, currency, minor
     FROM book_entries AS came JOIN book_postings ON entry_id = came.id
     WHERE account LIKE 'suspense:%' AND NOT EXISTS (
         SELECT FROM book_entries AS other WHERE other.id <> came.id AND other.source = CASE
             WHEN came.kind = 'astray' THEN regexp_replace(came.source, 'came$', 'went')
             ELSE regexp_replace(came.source, 'went$', 'came') END)
     ORDER BY happened_at, came.id";

/// Money that came astray and has not gone back, or went back and has never come.
///
/// # Errors
/// Those of the database.
pub async fn astray(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Posting>> {
    diesel::sql_query(ASTRAY).load(conn).await
}
