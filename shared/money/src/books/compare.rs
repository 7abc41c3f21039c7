//! The books beside the payments.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Numeric, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use serde::Serialize;

use kernel::currencies::minor;

/// Of what the books and the payments say of each vendor and currency.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName, Serialize)]
pub struct Compared {
    #[diesel(sql_type = Text)]
    pub provider: String,
    #[diesel(sql_type = Text)]
    pub currency: String,
    /// The vendor's accounts in the books, without what came astray, and before fees and what was sent to the bank.
    #[diesel(sql_type = BigInt)]
    pub booked: i64,
    /// What has succeeded and not gone back, in whole units.
    #[diesel(sql_type = Numeric)]
    pub paid: Decimal,
    /// What came astray and has not gone back.
    #[diesel(sql_type = BigInt)]
    pub astray: i64,
}

impl Compared {
    /// What the books say too much; 0 as long as they are right.
    pub fn difference(&self) -> i64 {
        minor(self.paid, &self.currency).map_or(i64::MAX, |paid| self.booked - paid)
    }
}

/// One statement, so of one moment.
const COMPARE: &str = "
     WITH booked AS (
         SELECT split_part(account, ':', 2) AS provider, currency, sum(minor)::bigint AS minor,
             -COALESCE(sum(minor) FILTER (WHERE account LIKE 'suspense:%'), 0)::bigint AS astray
         FROM book_postings JOIN book_entries ON id = entry_id
         WHERE (account LIKE 'clearing:%' OR account LIKE 'suspense:%' OR account LIKE 'disputed:%')
             AND kind NOT IN ('fee', 'paid_out', 'exchanged')
         GROUP BY 1, 2),
     paid AS (
         SELECT provider::text, currency::text, sum(amount - returned) AS whole FROM payments
         WHERE status = 'succeeded' AND period_start IS NOT NULL GROUP BY 1, 2)
     SELECT provider, currency, COALESCE(minor, 0) AS booked, COALESCE(whole, 0) AS paid, COALESCE(astray, 0) AS astray
     FROM booked FULL JOIN paid USING (provider, currency) ORDER BY 1, 2";

/// Compares the books with the payments.
///
/// # Errors
/// Those of the database.
pub async fn compare(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Compared>> {
    diesel::sql_query(COMPARE).load(conn).await
}
