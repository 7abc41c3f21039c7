//! SQL over `invoices` and `invoice_lines`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Invoice, Line};
use schema::{invoice_lines, invoices};

/// The newest invoices of a person; `before`: older than this one.
///
/// # Errors
/// Those of the database.
pub async fn newest(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> QueryResult<Vec<Invoice>> {
    let mut query = invoices::table
        .filter(invoices::user_id.eq(user_id))
        .order(invoices::id.desc())
        .limit(limit)
        .select(Invoice::as_select())
        .into_boxed();
    if let Some(before) = before {
        query = query.filter(invoices::id.lt(before));
    }
    query.load(conn).await
}

/// One invoice.
///
/// # Errors
/// Those of the database.
pub async fn find(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Invoice>> {
    let invoice = invoices::table.find(id).select(Invoice::as_select());
    invoice.first(conn).await.optional()
}

/// The lines of invoices, in their order.
///
/// # Errors
/// Those of the database.
pub async fn lines(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> QueryResult<HashMap<Uuid, Vec<Line>>> {
    let rows: Vec<Line> = invoice_lines::table
        .filter(invoice_lines::invoice_id.eq_any(ids))
        .order((invoice_lines::invoice_id, invoice_lines::position))
        .select(Line::as_select())
        .load(conn)
        .await?;
    let mut lines = HashMap::<Uuid, Vec<Line>>::new();
    for row in rows {
        lines.entry(row.invoice_id).or_default().push(row);
    }
    Ok(lines)
}

/// What was issued of a payment, in its order.
pub(super) async fn of_payment(
    conn: &mut AsyncPgConnection,
    payment: Uuid,
) -> QueryResult<Vec<Invoice>> {
    invoices::table
        .filter(invoices::payment_id.eq(payment))
        .order(invoices::id)
        .select(Invoice::as_select())
        .load(conn)
        .await
}

/// The lines of an invoice, less what its credit notes have taken back.
pub(super) async fn left_of(conn: &mut AsyncPgConnection, invoice: Uuid) -> QueryResult<Vec<Line>> {
    let notes = invoices::table.filter(invoices::refers_to.eq(invoice));
    let mut ids: Vec<Uuid> = notes.select(invoices::id).load(conn).await?;
    ids.push(invoice);
    let mut all = lines(conn, &ids).await?;
    let mut left = all.remove(&invoice).unwrap_or_default();
    for back in all.into_values().flatten() {
        for line in left
            .iter_mut()
            .filter(|line| line.position == back.position)
        {
            line.total_minor -= back.total_minor;
            line.tax_minor -= back.tax_minor;
        }
    }
    Ok(left)
}

/// Forgets the buyers of invoices that are older than the law wants them kept; returns of how many.
const FORGET: &str = "UPDATE invoices SET buyer = NULL
     WHERE buyer IS NOT NULL AND issued_at < $1::timestamptz - make_interval(years => $2)";

/// See [`FORGET`].
///
/// # Errors
/// Those of the database.
pub async fn forget_buyers(
    conn: &mut AsyncPgConnection,
    years: i32,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::sql_query(FORGET)
        .bind::<Timestamptz, _>(now)
        .bind::<Integer, _>(years)
        .execute(conn)
        .await
}
