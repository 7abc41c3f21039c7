//! Whose turn it is: what is due of a person's renewal, written before a vendor is called.

use audit::model::Origin;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::Error;
use uuid::Uuid;

use super::effects::apply;
use super::follow::{after_event, stepped};
use super::methods::{self, Method};
use super::model::{Renewal, RenewalState, is_by_vendor};
use super::rules::{self, AGAIN_AFTER, Event};
use super::{queries, requests};
use crate::payments::model::{Payment, Wanted};
use crate::payments::orders::{Planned, intend_charge};
use crate::payments::queries as payments;
use crate::subscriptions::queries as subscriptions;

/// How long before the end of a period the plan is kept for the time that a charge without an answer takes: longer than the
/// job pauses.
const LATE: TimeDelta = TimeDelta::minutes(30);

/// What is due.
#[derive(Debug)]
pub enum Turn {
    /// All of it is written.
    Done(Vec<Ticket>),
    Charge(Box<Due>),
}

/// A charge that a vendor is to be asked for.
#[derive(Clone, Debug)]
pub struct Due {
    pub payment: Payment,
    pub method: Method,
    /// Whether the vendor was not asked for it yet, as far as is known.
    pub is_first: bool,
}

/// Takes what is due of a person's renewal. The next look is set before the vendor is called, so that of two workers one
/// has the turn.
///
/// # Errors
/// Those of the database.
pub async fn take(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> Result<Turn, Error> {
    let none = Turn::Done(Vec::new());
    if subscriptions::lock(conn, user_id).await?.is_none() {
        return Ok(none);
    }
    let renewal = queries::find(conn, user_id).await?;
    let Some(renewal) = renewal.filter(|one| one.next_at.is_some_and(|at| at <= now)) else {
        return Ok(none);
    };
    if let Some(id) = renewal.underway {
        return underway(conn, renewal, id, now).await;
    }
    let is_over = match renewal.state {
        RenewalState::Canceled => now >= renewal.paid_until,
        RenewalState::Ended => true,
        RenewalState::PastDue => is_kept_no_more(&renewal, now),
        RenewalState::Active | RenewalState::Paused => is_by_vendor(renewal.provider),
    };
    if is_over || !renewal.goes_on() {
        if renewal.goes_on() && is_by_vendor(renewal.provider) {
            // It has charged nothing. Should it do so later, it is the last time.
            requests::renew(conn, &renewal, false).await?;
        }
        let after = stepped(&renewal, Event::End, now);
        let why = ("renewal_ended", None);
        let ended = apply(conn, &renewal, after, why, &Origin::own("worker"), now).await;
        return Ok(Turn::Done(ended?));
    }
    charge(conn, renewal, now).await
}

/// Takes a try of a refused period that was due at a moment, also if the plan would have ended since: on a restored database,
/// which does not know whether it was made.
///
/// # Errors
/// Those of the database.
pub async fn take_try(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    due: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Turn, Error> {
    let none = Turn::Done(Vec::new());
    if subscriptions::lock(conn, user_id).await?.is_none() {
        return Ok(none);
    }
    let waits = |one: &Renewal| {
        one.state == RenewalState::PastDue && one.underway.is_none() && one.method_id.is_some()
    };
    match queries::find(conn, user_id).await?.filter(waits) {
        None => Ok(none),
        Some(renewal) => {
            let then = Renewal {
                next_at: Some(due),
                ..renewal
            };
            charge(conn, then, now).await
        }
    }
}

/// Whether the plan was kept for a refused period as long as it could be.
fn is_kept_no_more(renewal: &Renewal, now: DateTime<Utc>) -> bool {
    let is_over = renewal.access_until.is_some_and(|end| now >= end);
    renewal.state == RenewalState::PastDue && is_over
}

/// The end of an earlier charge is looked for before anything else.
async fn underway(
    conn: &mut AsyncPgConnection,
    renewal: Renewal,
    id: Uuid,
    now: DateTime<Utc>,
) -> Result<Turn, Error> {
    let origin = Origin::own("worker");
    let payment = payments::find(conn, id).await?;
    let Some(payment) = payment.filter(Payment::is_pending) else {
        // A process of the previous release has settled it, or it was given up.
        let mut tickets = after_event(conn, id, false, &origin, now).await?;
        if let Some(mut stuck) = queries::find(conn, renewal.user_id).await?
            && stuck.underway == Some(id)
        {
            stuck.underway = None;
            tickets.extend(
                apply(
                    conn,
                    &renewal,
                    stuck,
                    ("renewal_moved", Some(id)),
                    &origin,
                    now,
                )
                .await?,
            );
        }
        return Ok(Turn::Done(tickets));
    };
    let is_late = now + LATE >= renewal.paid_until && renewal.state == RenewalState::Active;
    let mut after = match is_late {
        true => stepped(&renewal, Event::Late, now),
        false => renewal.clone(),
    };
    after.next_at = Some(now + AGAIN_AFTER);
    match is_late {
        true => {
            let why = ("renewal_late", Some(id));
            apply(conn, &renewal, after, why, &origin, now).await?;
        }
        false => queries::put(conn, &after).await?,
    }
    // The reconciler alone asks about an upgrade, whose person does not wait for it any more, and about a period of which
    // the time of grace is over: it is not charged then.
    let is_renewal = payment.charge.as_deref() == Some("renewal");
    let is_ours = is_renewal && renewal.goes_on() && !is_kept_no_more(&renewal, now);
    let method = match renewal.method_id.filter(|_| is_ours) {
        Some(method) => methods::find(conn, renewal.user_id, method).await?,
        None => None,
    };
    Ok(match method {
        Some(method) => Turn::Charge(Box::new(Due {
            payment,
            method,
            is_first: false,
        })),
        None => Turn::Done(Vec::new()),
    })
}

/// Writes the intent to charge the next period.
async fn charge(
    conn: &mut AsyncPgConnection,
    renewal: Renewal,
    now: DateTime<Utc>,
) -> Result<Turn, Error> {
    let origin = Origin::own("worker");
    let method = match renewal.method_id {
        Some(method) => methods::find(conn, renewal.user_id, method).await?,
        None => None,
    };
    let Some(method) = method else {
        let after = stepped(&renewal, Event::Refused { is_hard: true }, now);
        let why = ("renewal_refused", None);
        return Ok(Turn::Done(
            apply(conn, &renewal, after, why, &origin, now).await?,
        ));
    };
    if let Some(earlier) = queries::charge_underway(conn, renewal.user_id).await? {
        // Of a renewal before this one: its end comes first.
        let after = Renewal {
            underway: Some(earlier),
            next_at: Some(now),
            ..renewal
        };
        queries::put(conn, &after).await?;
        return Ok(Turn::Done(Vec::new()));
    }
    let due = renewal.next_at;
    let mut after = renewal;
    // Not paid for and not kept: a period begins when it is paid, so that no day of it is lost.
    let is_kept = after.state == RenewalState::PastDue && after.paused_until.is_none();
    if !is_kept && now > after.paid_until {
        after.paused_until = Some(after.paused_until.unwrap_or(now).max(now));
    }
    if after.state == RenewalState::Paused {
        after.state = RenewalState::Active;
    }
    let (from, until) = rules::next_period(&after);
    let wanted = Wanted {
        user_id: after.user_id,
        tier: after.tier,
        provider: after.provider,
        amount: after.amount,
        currency: after.currency.clone(),
        renew: true,
    };
    let planned = Planned {
        charge: "renewal",
        from,
        until,
        due,
    };
    let payment = intend_charge(conn, &wanted, planned, &origin).await?;
    after.underway = Some(payment.id);
    after.next_at = Some(now + AGAIN_AFTER);
    queries::put(conn, &after).await?;
    Ok(Turn::Charge(Box::new(Due {
        payment,
        method,
        is_first: true,
    })))
}
