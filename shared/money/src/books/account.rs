//! The whole story of a person's money, for operators: what was charged, what was put on paper, what was booked.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName, Serialize)]
pub struct Line {
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    /// `payment`, `invoice`, or the kind of an entry in the books.
    #[diesel(sql_type = Text)]
    pub what: String,
    /// Of a payment how it was charged, its plan and its end; of an invoice its number; of an entry the account.
    #[diesel(sql_type = Text)]
    pub about: String,
    /// In the smallest unit of the currency; of a payment it stands in the invoice.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub minor: Option<i64>,
    /// What stands on the account after it, of this person's money alone.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub balance: Option<i64>,
    #[diesel(sql_type = Text)]
    pub currency: String,
    #[diesel(sql_type = SqlUuid)]
    pub payment_id: Uuid,
}

const STORY: &str = "SELECT at, what, about, minor, balance, currency, payment_id FROM (
         SELECT COALESCE(paid_at, created_at) AS at, 1 AS place, id AS part, 'payment' AS what,
             concat_ws(' ', COALESCE(charge, 'order'), tier, status, to_char(period_start AT TIME ZONE 'UTC', 'YYYY-MM-DD'),
                 to_char(period_end AT TIME ZONE 'UTC', 'YYYY-MM-DD')) AS about,
             NULL::bigint AS minor, NULL::bigint AS balance, currency, id AS payment_id
         FROM payments WHERE user_id = $1
         UNION ALL
         SELECT issued_at, 2, id, 'invoice', number, total_minor, NULL, currency, payment_id
         FROM invoices WHERE user_id = $1
         UNION ALL
         SELECT happened_at, 3, entries.id, entries.kind, account, minor,
             (sum(minor) OVER (PARTITION BY account, postings.currency ORDER BY happened_at, entries.id))::bigint,
             postings.currency, payments.id
         FROM book_entries AS entries JOIN book_postings AS postings ON entry_id = entries.id
         JOIN payments ON payments.id = entries.payment_id WHERE payments.user_id = $1
     ) AS story ORDER BY at, place, part, minor DESC";

/// All of a person, the oldest first.
///
/// # Errors
/// Those of the database.
pub async fn story(conn: &mut AsyncPgConnection, person: Uuid) -> QueryResult<Vec<Line>> {
    diesel::sql_query(STORY)
        .bind::<SqlUuid, _>(person)
        .load(conn)
        .await
}
