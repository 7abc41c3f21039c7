//! Issuing, in the caller's transaction, in which the payment is locked.
//!
//! The row of the counter is the last lock of a transaction: it is held until the commit, and so a transaction issues for
//! the payments of one person alone.

use chrono::{DateTime, Datelike, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::config::Terms;
use super::model::{Draft, Invoice, Kind, Line};
use super::rules::{number, rate, series, split, tax_within};
use super::{billing, letters, queries};
use crate::payments::model::Payment;
use crate::subscriptions::rules::Window;
use kernel::currencies::minor;
use schema::{invoice_lines, invoices};

/// Brings what is invoiced of a payment to what it has paid and what has not gone back: with an invoice for what lacks, or
/// credit notes for what is too much. Nothing where both are the same, so however often and in which order it is told.
///
/// # Errors
/// Those of the database.
pub async fn level(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    window: Option<&Window>,
    kept: Decimal,
    terms: &Terms,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let Some(kept) = minor(kept, &payment.currency).filter(|kept| *kept >= 0) else {
        tracing::error!(payment_id = %payment.id, %kept, currency = payment.currency,
            "the sum of a payment is none of its currency: it has no invoice");
        return Ok(());
    };
    let issued = queries::of_payment(conn, payment.id).await?;
    let mut lacks = kept - issued.iter().map(Invoice::signed).sum::<i64>();
    if let Some(window) = window.filter(|_| lacks > 0) {
        let draft = invoice(conn, payment, window, lacks, terms, now).await?;
        return write(conn, draft, issued.len(), now).await;
    }
    let mut count = issued.len();
    // The newest first.
    for invoice in issued.into_iter().rev() {
        if invoice.kind() == Kind::CreditNote || lacks >= 0 {
            continue;
        }
        let left = queries::left_of(conn, invoice.id).await?;
        let whole: i64 = left.iter().map(|line| line.total_minor).sum();
        let lines = part_of(left, whole.min(-lacks));
        if !lines.is_empty() {
            lacks += lines.iter().map(|line| line.total_minor).sum::<i64>();
            write(conn, note(payment, invoice, lines), count, now).await?;
            count += 1;
        }
    }
    Ok(())
}

/// An invoice over this sum.
async fn invoice(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    window: &Window,
    total: i64,
    terms: &Terms,
    now: DateTime<Utc>,
) -> QueryResult<Draft> {
    let buyer = match payment.user_id {
        Some(user_id) => billing::find(conn, user_id).await?,
        None => None,
    };
    let country = buyer.as_ref().and_then(|buyer| buyer.country.as_deref());
    let rate_of_country = terms.rate(country);
    let line = Line {
        invoice_id: Uuid::nil(),
        position: 1,
        tier: window.tier,
        period_start: window.from,
        period_end: window.until,
        total_minor: total,
        tax_minor: rate_of_country.map_or(0, |rate| tax_within(total, rate)),
    };
    let seller = terms.seller.as_ref();
    Ok(Draft {
        kind: Kind::Invoice,
        user_id: payment.user_id,
        payment_id: payment.id,
        refers_to: None,
        currency: payment.currency.clone(),
        tax_rate: rate_of_country.map(rate),
        buyer: buyer.and_then(|buyer| serde_json::to_value(buyer).ok()),
        seller: seller.and_then(|seller| serde_json::to_value(seller).ok()),
        paid_at: payment.paid_at().unwrap_or(now),
        lines: vec![line],
    })
}

/// A credit note that takes these lines of an invoice back.
fn note(payment: &Payment, of: Invoice, lines: Vec<Line>) -> Draft {
    Draft {
        kind: Kind::CreditNote,
        user_id: payment.user_id,
        payment_id: payment.id,
        refers_to: Some(of.id),
        currency: of.currency,
        tax_rate: of.tax_rate,
        buyer: of.buyer,
        seller: of.seller,
        paid_at: of.paid_at,
        lines,
    }
}

/// So much of these lines; of the tax of each its share, so that with the last unit all of it is back.
fn part_of(left: Vec<Line>, sum: i64) -> Vec<Line> {
    let weights: Vec<i64> = left.iter().map(|line| line.total_minor).collect();
    let parts = left.into_iter().zip(split(sum, &weights));
    let parts = parts.map(|(line, total)| Line {
        tax_minor: split(line.tax_minor, &[total, line.total_minor - total])
            .into_iter()
            .next()
            .unwrap_or_default(),
        total_minor: total,
        ..line
    });
    parts.filter(|line| line.total_minor > 0).collect()
}

const NEXT: &str =
    "INSERT INTO invoice_counters AS counter (series, year, last, last_at) VALUES ($1, $2, 1, $3)
     ON CONFLICT (series, year) DO UPDATE SET last = counter.last + 1,
         last_at = GREATEST(counter.last_at, excluded.last_at)
     RETURNING last, last_at";

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = BigInt)]
    last: i64,
    #[diesel(sql_type = Timestamptz)]
    last_at: DateTime<Utc>,
}

/// Takes the next number of the series, and writes. `before`: how many were issued of the payment.
async fn write(
    conn: &mut AsyncPgConnection,
    draft: Draft,
    before: usize,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let series = series(draft.kind, draft.seller.is_some());
    let next: Next = diesel::sql_query(NEXT)
        .bind::<Text, _>(series)
        .bind::<Integer, _>(now.year())
        .bind::<Timestamptz, _>(now)
        .get_result(conn)
        .await?;
    let number = number(series, now.year(), next.last);
    let (invoice, lines) = draft.numbered(series, number, before, next.last_at);
    diesel::insert_into(invoices::table)
        .values(&invoice)
        .execute(conn)
        .await?;
    diesel::insert_into(invoice_lines::table)
        .values(&lines)
        .execute(conn)
        .await?;
    if let Some(account) = invoice.user_id {
        // A worker finds them without being woken: there is no hurry.
        letters::send(conn, account, invoice.id).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subscriptions::model::SubscriptionTier;

    fn line(position: i32, total_minor: i64, tax_minor: i64) -> Line {
        Line {
            invoice_id: Uuid::nil(),
            position,
            tier: SubscriptionTier::Basic,
            period_start: DateTime::UNIX_EPOCH,
            period_end: DateTime::UNIX_EPOCH,
            total_minor,
            tax_minor,
        }
    }

    #[test]
    fn parts_that_go_back_sum_to_the_lines_and_their_tax_to_the_tax() {
        for steps in [
            &[1_000_i64, 1, 999, 27_900][..],
            &[29_900],
            &[9_967, 9_967, 9_966],
        ] {
            let mut left = vec![line(1, 10_000, 1_736), line(2, 19_900, 3_453)];
            for sum in steps {
                let back = part_of(left.clone(), *sum);
                assert_eq!(back.iter().map(|one| one.total_minor).sum::<i64>(), *sum);
                for one in back {
                    let line = left.iter_mut().find(|line| line.position == one.position);
                    let line = line.expect("a line of the invoice");
                    line.total_minor -= one.total_minor;
                    line.tax_minor -= one.tax_minor;
                    assert!((0..=line.total_minor).contains(&line.tax_minor), "{line:?}");
                }
            }
            let all_back = left
                .iter()
                .all(|line| (line.total_minor, line.tax_minor) == (0, 0));
            assert!(all_back, "{steps:?}: {left:?}");
        }
        assert!(part_of(vec![line(1, 5, 1)], 0).is_empty());
    }
}
