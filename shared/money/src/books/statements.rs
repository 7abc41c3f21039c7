//! The books beside what the vendors say has moved: fees, what was sent to the bank, and money that is in one of both alone.

use chrono::{NaiveDate, TimeDelta};
use diesel::prelude::*;
use diesel::sql_types::{Array, Date, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;
use vendors::payment::{Line, Moved, Sum};

use super::queries::{Source, write};
use super::rules::Booked;
use crate::payments::model::{Payment, PaymentProvider, PaymentStatus};
use kernel::currencies::minor;
use schema::payments;

/// The days that a statement is taken of, the oldest first: a line may come late, and is booked once.
pub fn days(today: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    (0..=DAYS)
        .rev()
        .filter_map(move |back| today.checked_sub_signed(TimeDelta::days(back)))
}

const DAYS: i64 = 3;

/// The day whose payments have to stand in the statement of [`days`]: the vendor's clock may differ from ours, and a
/// notification be late.
pub fn settled_day(today: NaiveDate) -> Option<NaiveDate> {
    today.checked_sub_signed(TimeDelta::days(DAYS - 1))
}

/// Books a line, once, in the caller's transaction. Money that came is booked with its payment, not here.
///
/// # Errors
/// Those of the database.
pub async fn book(
    conn: &mut AsyncPgConnection,
    provider: PaymentProvider,
    line: &Line,
) -> QueryResult<()> {
    match &line.moved {
        Moved::Came { .. } => Ok(()),
        Moved::Fee(sum) => enter(conn, (provider, line), ("", sum), Booked::Fee).await,
        Moved::PaidOut(sum) => enter(conn, (provider, line), ("", sum), Booked::PaidOut).await,
        Moved::Exchanged { from, to } => {
            let from = (":from", from);
            enter(conn, (provider, line), from, Booked::ExchangedFrom).await?;
            enter(conn, (provider, line), (":to", to), Booked::ExchangedTo).await
        }
    }
}

async fn enter(
    conn: &mut AsyncPgConnection,
    (provider, line): (PaymentProvider, &Line),
    (what, sum): (&str, &Sum),
    booked: fn(i64) -> Booked,
) -> QueryResult<()> {
    let Some(minor) = minor(sum.amount, &sum.currency) else {
        tracing::error!(provider = provider.as_str(), line = line.number, amount = %sum.amount,
            currency = sum.currency, "a line of a statement is no sum of its currency and is not in the books");
        return Ok(());
    };
    let source = Source {
        name: format!("statement:{}:{}{what}", provider.as_str(), line.number),
        payment_id: None,
        provider,
        currency: sum.currency.clone(),
        happened_at: line.at,
    };
    write(conn, &source, booked(minor)).await
}

/// Of these orders of a vendor's statement, those whose money is not known to have come.
///
/// # Errors
/// Those of the database.
pub async fn unpaid(
    conn: &mut AsyncPgConnection,
    provider: PaymentProvider,
    orders: &[Uuid],
) -> QueryResult<Vec<Payment>> {
    use PaymentStatus::{Refunded, Succeeded};
    payments::table
        .filter(payments::id.eq_any(orders))
        .filter(payments::provider.eq(provider))
        .filter(payments::status.ne_all([Succeeded, Refunded]))
        .order(payments::id)
        .select(Payment::as_select())
        .load(conn)
        .await
}

/// Of these orders of a vendor's statement, those that no payment of ours is of.
///
/// # Errors
/// Those of the database.
pub async fn unknown(conn: &mut AsyncPgConnection, orders: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    let known: Vec<Uuid> = payments::table
        .filter(payments::id.eq_any(orders))
        .select(payments::id)
        .load(conn)
        .await?;
    Ok(orders
        .iter()
        .filter(|id| !known.contains(id))
        .copied()
        .collect())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// What came at a moment of this day. One more charge of an order has the order in the statement. What was ordered before
/// the days of the statement may have come before them, and be found, or be here again, later.
const NOT_IN_STATEMENT: &str = "SELECT id FROM payments
    WHERE provider = $1 AND status = 'succeeded' AND (paid_at AT TIME ZONE 'UTC')::date = $2
      AND (created_at AT TIME ZONE 'UTC')::date >= $2 - 1
      AND COALESCE(repeats, id) <> ALL($3)
    ORDER BY id LIMIT 100";

/// Payments whose money came on this day by our books, and that a vendor's statement does not have; a hundred at the most.
///
/// # Errors
/// Those of the database.
pub async fn not_in_statement(
    conn: &mut AsyncPgConnection,
    provider: PaymentProvider,
    day: NaiveDate,
    orders: &[Uuid],
) -> QueryResult<Vec<Uuid>> {
    let found: Vec<Found> = diesel::sql_query(NOT_IN_STATEMENT)
        .bind::<schema::sql_types::PaymentProvider, _>(provider)
        .bind::<Date, _>(day)
        .bind::<Array<SqlUuid>, _>(orders)
        .load(conn)
        .await?;
    Ok(found.into_iter().map(|one| one.id).collect())
}

/// The orders whose money came, by a statement.
pub fn orders(lines: &[Line]) -> Vec<Uuid> {
    let order = |line: &Line| match &line.moved {
        Moved::Came { order, .. } => *order,
        Moved::Fee(_) | Moved::PaidOut(_) | Moved::Exchanged { .. } => None,
    };
    lines.iter().filter_map(order).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_settled_when_the_days_around_it_are_in_the_statement() {
        let today = NaiveDate::from_ymd_opt(2026, 3, 1).expect("a day");
        let all: Vec<String> = days(today).map(|day| day.to_string()).collect();
        assert_eq!(
            all,
            ["2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01"]
        );
        let settled = settled_day(today).map(|day| day.to_string());
        assert_eq!(settled.as_deref(), Some("2026-02-27"));
    }
}
