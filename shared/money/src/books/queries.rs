//! SQL over `book_entries` and `book_postings`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::rules::Booked;
use crate::accounts;
use crate::facts::PaymentBooked;
use crate::payments::model::{Event, Payment, PaymentProvider};
use crate::payments::queries::clean;
use kernel::currencies::minor;
use schema::{book_entries, book_postings};

/// Where an entry comes from.
pub(super) struct Source {
    pub name: String,
    pub payment_id: Option<Uuid>,
    pub provider: PaymentProvider,
    pub currency: String,
    pub happened_at: DateTime<Utc>,
}

/// Writes an entry, once a source.
pub(super) async fn write(
    conn: &mut AsyncPgConnection,
    source: &Source,
    booked: Booked,
) -> QueryResult<()> {
    write_new(conn, source, booked).await.map(|_| ())
}

/// The same; returns whether it is new.
async fn write_new(
    conn: &mut AsyncPgConnection,
    source: &Source,
    booked: Booked,
) -> QueryResult<bool> {
    let postings = booked.postings(source.provider);
    if postings.is_empty() {
        return Ok(false);
    }
    let id = Uuid::now_v7();
    let new = diesel::insert_into(book_entries::table)
        .values((
            book_entries::id.eq(id),
            book_entries::kind.eq(booked.kind()),
            book_entries::source.eq(&source.name),
            book_entries::payment_id.eq(source.payment_id),
            book_entries::happened_at.eq(source.happened_at),
        ))
        .on_conflict(book_entries::source)
        .do_nothing()
        .execute(conn)
        .await?;
    if new == 0 {
        return Ok(false);
    }
    let rows: Vec<_> = postings
        .into_iter()
        .map(|(account, minor)| {
            (
                book_postings::entry_id.eq(id),
                book_postings::account.eq(account.name()),
                book_postings::currency.eq(&source.currency),
                book_postings::minor.eq(minor),
            )
        })
        .collect();
    diesel::insert_into(book_postings::table)
        .values(rows)
        .execute(conn)
        .await?;
    Ok(true)
}

/// Writes an entry about the money of a payment, and its event.
async fn tell(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    source: &Source,
    (booked, amount): (Booked, i64),
) -> QueryResult<()> {
    if !write_new(conn, source, booked).await? {
        return Ok(());
    }
    let fact = PaymentBooked {
        payment: payment.id,
        kind: booked.kind(),
        amount,
        currency: &payment.currency,
        provider: payment.provider,
        tier: payment.tier,
        at: source.happened_at,
    };
    accounts::record(conn, payment.user_id, &fact).await
}

fn of_payment(payment: &Payment, what: &str, happened_at: DateTime<Utc>) -> Source {
    Source {
        name: format!("payment:{}:{what}", payment.id),
        payment_id: Some(payment.id),
        provider: payment.provider,
        currency: payment.currency.clone(),
        happened_at,
    }
}

/// The sum of a payment; the column keeps two decimals, and every price has those of its currency.
fn sum(payment: &Payment) -> i64 {
    minor(payment.amount, &payment.currency).unwrap_or_else(|| {
        tracing::error!(payment_id = %payment.id, amount = %payment.amount, currency = payment.currency,
            "the sum of a payment is none of its currency and is not in the books");
        0
    })
}

/// Money came and was granted.
///
/// # Errors
/// Those of the database.
pub async fn paid(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let source = of_payment(payment, "paid", payment.paid_at().unwrap_or(now));
    let sum = sum(payment);
    tell(conn, payment, &source, (Booked::Paid(sum), sum)).await
}

/// Brings the books to what has gone back of a payment and what is held of it, in whole units. Nothing for one that never
/// came.
///
/// # Errors
/// Those of the database.
pub async fn level(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    (gone, held): (Decimal, Decimal),
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let stands = stands(conn, payment.id).await?;
    let of = |amount| minor(amount, &payment.currency).unwrap_or_default();
    let (gone, held) = (of(gone) - stands.gone, of(held) - stands.held);
    if !stands.is_paid || (gone, held) == (0, 0) {
        return Ok(());
    }
    let is_over = payment.window().is_some_and(|window| window.until <= now);
    let mut moves = stands.moves;
    for (moved, booked) in [
        (held, (held < 0).then_some(Booked::DisputeClosed(-held))),
        (
            gone,
            (gone > 0).then(|| Booked::Returned {
                sum: gone,
                earned: gone - gone.min(stands.deferred),
            }),
        ),
        (
            gone,
            (gone < 0).then(|| Booked::ReturnFailed {
                sum: -gone,
                earned: stands.refunds.min(-gone),
                is_over,
            }),
        ),
        (held, (held > 0).then_some(Booked::Disputed(held))),
    ] {
        let Some(booked) = booked else { continue };
        let what = match moves {
            0 => booked.kind().to_owned(),
            earlier => format!("{}:{earlier}", booked.kind()),
        };
        let source = of_payment(payment, &what, now);
        tell(conn, payment, &source, (booked, moved.abs())).await?;
        moves += 1;
    }
    Ok(())
}

/// Of the time of a payment, this much is over at `until`. What went back of it is not earned.
///
/// # Errors
/// Those of the database.
pub async fn earn(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    until: DateTime<Utc>,
) -> QueryResult<()> {
    let Some(window) = payment.window() else {
        return Ok(());
    };
    let stands = stands(conn, payment.id).await?;
    let all = stands.earned + stands.deferred;
    let more = super::rules::earned(all, (window.from, window.until), until) - stands.earned;
    if more <= 0 {
        return Ok(());
    }
    let source = of_payment(
        payment,
        &format!("earned:{}", until.format("%FT%TZ")),
        until,
    );
    write(conn, &source, Booked::Earned(more)).await
}

/// What stands in the books of a payment.
const STANDS: &str = "SELECT
         COALESCE(bool_or(kind = 'paid'), FALSE) AS is_paid,
         COALESCE(-sum(minor) FILTER (WHERE account LIKE 'clearing:%' AND kind IN ('returned', 'return_failed')), 0)::bigint
             AS gone,
         COALESCE(sum(minor) FILTER (WHERE account LIKE 'disputed:%'), 0)::bigint AS held,
         COALESCE(sum(minor) FILTER (WHERE account = 'deferred' AND kind = 'earned'), 0)::bigint AS earned,
         COALESCE(-sum(minor) FILTER (WHERE account = 'deferred'), 0)::bigint AS deferred,
         COALESCE(sum(minor) FILTER (WHERE account = 'refunds'), 0)::bigint AS refunds,
         count(DISTINCT id) FILTER (WHERE kind NOT IN ('paid', 'earned')) AS moves
     FROM book_entries JOIN book_postings ON entry_id = id
     WHERE payment_id = $1 AND source LIKE 'payment:%'";

#[derive(QueryableByName)]
struct Stands {
    #[diesel(sql_type = Bool)]
    is_paid: bool,
    #[diesel(sql_type = BigInt)]
    gone: i64,
    #[diesel(sql_type = BigInt)]
    held: i64,
    #[diesel(sql_type = BigInt)]
    earned: i64,
    /// Paid for, and not yet given or gone back.
    #[diesel(sql_type = BigInt)]
    deferred: i64,
    /// Gone back of what had been earned.
    #[diesel(sql_type = BigInt)]
    refunds: i64,
    /// Entries of money that went back or was held.
    #[diesel(sql_type = BigInt)]
    moves: i64,
}

async fn stands(conn: &mut AsyncPgConnection, payment: Uuid) -> QueryResult<Stands> {
    let stands = diesel::sql_query(STANDS).bind::<SqlUuid, _>(payment);
    stands.get_result(conn).await
}

/// Money came for which nothing is given.
///
/// # Errors
/// Those of the database.
pub async fn came_astray(
    conn: &mut AsyncPgConnection,
    event: &Event,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let Some(sum) = sum_of_event(event) else {
        return Ok(());
    };
    let source = of_charge(event, "came", now);
    write(conn, &source, Booked::Astray(sum)).await
}

/// Money went back that is no payment of ours: it came astray, or its coming was never told.
///
/// # Errors
/// Those of the database.
pub async fn went_astray(
    conn: &mut AsyncPgConnection,
    event: &Event,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let Some(sum) = sum_of_event(event) else {
        return Ok(());
    };
    let source = of_charge(event, "went", now);
    write(conn, &source, Booked::AstrayReturned(sum)).await
}

/// A charge that stood in the books as money astray is granted: what was booked of it is undone.
///
/// # Errors
/// Those of the database.
pub async fn was_not_astray(
    conn: &mut AsyncPgConnection,
    event: &Event,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let came = of_charge(event, "came", now).name;
    let booked: Option<(i64, String)> = book_postings::table
        .inner_join(book_entries::table)
        .filter(book_entries::source.eq(came))
        .filter(book_postings::minor.gt(0))
        .select((book_postings::minor, book_postings::currency))
        .first(conn)
        .await
        .optional()?;
    let Some((sum, currency)) = booked else {
        return Ok(());
    };
    let source = Source {
        currency,
        ..of_charge(event, "went", now)
    };
    write(conn, &source, Booked::AstrayReturned(sum)).await
}

/// Whether a charge stands in the books as money astray.
///
/// # Errors
/// Those of the database.
pub async fn is_astray(conn: &mut AsyncPgConnection, event: &Event) -> QueryResult<bool> {
    has_entry(conn, &of_charge(event, "came", DateTime::UNIX_EPOCH).name).await
}

async fn has_entry(conn: &mut AsyncPgConnection, source: &str) -> QueryResult<bool> {
    let entry = book_entries::table.filter(book_entries::source.eq(source));
    diesel::select(diesel::dsl::exists(entry))
        .get_result(conn)
        .await
}

/// `None`: no sum of a currency, which no account can hold.
fn sum_of_event(event: &Event) -> Option<i64> {
    minor(event.amount, &event.currency).filter(|sum| *sum > 0)
}

fn of_charge(event: &Event, what: &str, happened_at: DateTime<Utc>) -> Source {
    let charge = clean(&event.external_id, 255);
    Source {
        name: format!("charge:{}:{charge}:{what}", event.provider.as_str()),
        payment_id: event.order_id.parse().ok(),
        provider: event.provider,
        currency: event.currency.clone(),
        happened_at,
    }
}
