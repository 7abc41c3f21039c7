//! What accounts are told when little of a quota is left: a fact in the outbox, and words to those who answer for the
//! account, in their chat or by letter.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use jobs::ledger::{self, Ticket};
use mail::letter::{Content, Letter};
use money::accounts::{self, Recipient};

use crate::facts::QuotaReached;
use crate::messages::QuotaNotice;
use crate::model::Alert;
use crate::{rules, texts};

/// The most that are told in one transaction.
const BATCH: i64 = 100;

/// Tells of what is new. `page` is where plans are, on the web. Returns what is to be woken, and whether there may be more.
///
/// # Errors
/// Those of the database.
pub async fn tell(
    conn: &mut AsyncPgConnection,
    page: &str,
    now: DateTime<Utc>,
) -> QueryResult<(Vec<Ticket>, bool)> {
    conn.transaction(async |conn| {
        let found: Vec<Alert> = diesel::sql_query(include_str!("alerts.sql"))
            .bind::<Timestamptz, _>(now)
            .bind::<BigInt, _>(BATCH)
            .load(conn)
            .await?;
        let mut tickets = Vec::new();
        for (at, alert) in found.iter().enumerate() {
            record(conn, alert).await?;
            // Who has come to 100 at once is told of that alone.
            let is_more = found
                .get(at + 1)
                .is_some_and(|next| alert.is_window_of(next));
            if rules::is_told(&alert.unit) && !is_more {
                tickets.extend(tell_people(conn, alert, page).await?);
            }
        }
        let is_full = i64::try_from(found.len()).is_ok_and(|found| found >= BATCH);
        Ok((tickets, is_full))
    })
    .await
}

async fn record(conn: &mut AsyncPgConnection, alert: &Alert) -> QueryResult<()> {
    let fact = QuotaReached {
        unit: &alert.unit,
        period: &alert.period,
        percent: alert.percent,
        used: alert.used,
        limit: alert.allowed,
        resets_at: alert.ends_at,
    };
    events::record_of(conn, (alert.user_id, Some(alert.account_id)), &fact).await
}

async fn tell_people(
    conn: &mut AsyncPgConnection,
    alert: &Alert,
    page: &str,
) -> QueryResult<Vec<Ticket>> {
    let mut tickets = Vec::new();
    for one in accounts::recipients(conn, alert.account_id).await? {
        match one.telegram_id.filter(|_| !one.is_away) {
            Some(chat_id) => {
                let notice = QuotaNotice {
                    user_id: one.user_id,
                    chat_id,
                    alert: alert.clone(),
                };
                tickets.push(ledger::enqueue(conn, &notice).await?);
            }
            None => tickets.extend(write(conn, alert, &one, page).await?),
        }
    }
    Ok(tickets)
}

/// Writes to one of an account's people; `None`: they have proved no address.
///
/// # Errors
/// Those of the database.
pub async fn write(
    conn: &mut AsyncPgConnection,
    alert: &Alert,
    to: &Recipient,
    page: &str,
) -> QueryResult<Option<Ticket>> {
    let Some(address) = to.address.clone() else {
        return Ok(None);
    };
    let organization = accounts::organization(conn, alert.account_id).await?;
    let (language, ends_at) = (to.language(), alert.ends_at);
    let unit = texts::unit(&alert.unit, language);
    let (used, allowed) = (alert.used.to_string(), alert.allowed.to_string());
    let resets = ends_at.format("%Y-%m-%d %H:%M UTC").to_string();
    let link = page.to_owned();
    let content = match alert.percent {
        100.. => Content::Quota100 {
            organization,
            unit,
            allowed,
            resets,
            link,
        },
        _ => Content::Quota80 {
            organization,
            unit,
            used,
            allowed,
            resets,
            link,
        },
    };
    let key = (
        &alert.unit,
        &alert.period,
        ends_at.timestamp(),
        alert.percent,
        alert.allowed,
    );
    let letter = Letter {
        to: address,
        user_id: Some(to.user_id),
        language,
        content,
        dedupe_key: Some(format!("quota:{}:{}:{key:?}", alert.account_id, to.user_id)),
    };
    Ok(Some(mail::queries::enqueue(conn, &letter).await?))
}
