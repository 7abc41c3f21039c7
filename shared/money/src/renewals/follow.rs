//! What follows for a renewal from what became of a payment, and from the time. In the caller's transaction, with the person
//! locked. It looks at rows, not at the order of events: a payment that another process has settled leads to the same.

use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use jobs::ledger::Ticket;
use kernel::ErrorCode;
use uuid::Uuid;

use super::effects::apply;
use super::model::{Renewal, RenewalState, finds_charges, is_by_vendor};
use super::rules::{self, Event};
use super::{methods, queries, requests};
use crate::payments::model::{Payment, PaymentStatus};
use crate::payments::queries as payments;
use crate::subscriptions::prices;
use crate::subscriptions::rules::{self as time, Window};

/// Why the same card need not be tried again.
const HARD: [ErrorCode; 1] = [crate::codes::CARD_EXPIRED];

/// The window that a payment buys: the planned one of a charge; that which is overdue, if it is paid by hand; else the next
/// one.
///
/// # Errors
/// Those of the database.
pub async fn window(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    bought: &[Window],
    now: DateTime<Utc>,
) -> QueryResult<Window> {
    let span = payment.planned_from.zip(payment.planned_until);
    let planned = match span {
        None => overdue(conn, payment).await?,
        planned => planned,
    };
    let (id, tier) = (payment.id, payment.tier);
    let planned = planned.and_then(|span| rules::planned(id, tier, span, bought, now));
    let next = time::next_window(bought, id, tier, now);
    let next = match span.filter(|_| is_upgrade(payment)) {
        // Whenever its money comes, it buys no more time than it was priced for.
        Some((from, until)) => Window {
            until: next.from + (until - from),
            ..next
        },
        None => time::lasting(next, payment.least()),
    };
    Ok(planned.unwrap_or(next))
}

fn is_upgrade(payment: &Payment) -> bool {
    payment.charge.as_deref() == Some("upgrade")
}

async fn overdue(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
) -> QueryResult<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    let Some(user_id) = payment.user_id else {
        return Ok(None);
    };
    let renewal = queries::find(conn, user_id).await?;
    let overdue = renewal.filter(|one| {
        one.state == RenewalState::PastDue
            && one.access_until.is_some()
            && one.paused_until.is_none()
            && one.tier == payment.tier
    });
    Ok(overdue.as_ref().map(rules::next_period))
}

/// What follows for the person's renewal after an event of a payment; `is_lost`: its money went back, or a dispute is lost, and
/// that is new.
///
/// # Errors
/// Those of the database.
pub async fn after_event(
    conn: &mut AsyncPgConnection,
    payment_id: Uuid,
    is_lost: bool,
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Ticket>> {
    let Some(payment) = payments::find(conn, payment_id).await? else {
        return Ok(Vec::new());
    };
    let Some(user_id) = payment.user_id else {
        return Ok(Vec::new());
    };
    let renewal = queries::find(conn, user_id).await?;
    if begins(&payment, renewal.as_ref()) {
        return begin(conn, &payment, renewal, origin, now).await;
    }
    if let Some(newer) = renewal.as_ref().filter(|one| is_older(&payment, one)) {
        // Two orders were open and both are paid: the vendor is to renew one of them.
        let older = Renewal {
            order_id: payment.id,
            ..newer.clone()
        };
        requests::renew(conn, &older, false).await?;
    }
    let Some(renewal) = renewal.filter(|one| one.state != RenewalState::Ended) else {
        return Ok(Vec::new());
    };
    if is_lost {
        return returned(conn, renewal, &payment, origin, now).await;
    }
    if renewal.underway == Some(payment.id) {
        return charged(conn, renewal, &payment, origin, now).await;
    }
    let bought = payments::windows(conn, user_id, now).await?;
    match rules::paid_until(&bought, renewal.tier) {
        Some(until) if payment.is_succeeded() && until > renewal.paid_until => {
            let after = stepped(&renewal, Event::Paid(until), now);
            apply(
                conn,
                &renewal,
                after,
                ("renewal_moved", Some(payment.id)),
                origin,
                now,
            )
            .await
        }
        _ => Ok(Vec::new()),
    }
}

/// Whether a payment begins a renewal: its person wants one, and it is newer than the order of the present one.
fn begins(payment: &Payment, renewal: Option<&Renewal>) -> bool {
    let is_order = payment.charge.is_none() && payment.repeats.is_none();
    let is_paid = payment.is_succeeded() && payment.returned.is_zero();
    let is_newer = renewal.is_none_or(|one| one.order_id < payment.id);
    payment.renew && is_order && is_paid && is_newer
}

/// Whether the vendor would renew this order as well, beside the newer one of the present renewal.
fn is_older(payment: &Payment, renewal: &Renewal) -> bool {
    let is_order = payment.renew && payment.repeats.is_none();
    let is_renewed = is_order && is_by_vendor(payment.provider) && payment.is_succeeded();
    is_renewed && payment.id < renewal.order_id
}

async fn begin(
    conn: &mut AsyncPgConnection,
    payment: &Payment,
    before: Option<Renewal>,
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Ticket>> {
    let method_id = methods::of_payment(conn, payment.id).await?;
    let (Some(user_id), Some(window)) = (payment.user_id, payment.window()) else {
        return Ok(Vec::new());
    };
    // The vendor has kept nothing (yet), so nothing can be charged.
    if method_id.is_none() && !is_by_vendor(payment.provider) {
        return Ok(Vec::new());
    }
    if let Some(before) = before.filter(|one| one.goes_on() && is_by_vendor(one.provider)) {
        requests::renew(conn, &before, false).await?;
    }
    if let Some(method_id) = method_id {
        methods::set_default(conn, user_id, method_id).await?;
    }
    let bought = payments::windows(conn, user_id, now).await?;
    let until = rules::paid_until(&bought, payment.tier).unwrap_or(window.until);
    let mut renewal = Renewal {
        user_id,
        order_id: payment.id,
        provider: payment.provider,
        tier: payment.tier,
        amount: payment.amount,
        currency: payment.currency.clone(),
        method_id,
        state: RenewalState::Active,
        anchor_day: rules::day_of(window.from),
        paid_until: until,
        next_at: None,
        tries: 0,
        refused_at: None,
        access_until: None,
        paused_until: None,
        underway: None,
        quote_id: None,
        quote_tier: None,
        quote_amount: None,
        quote_at: None,
    };
    renewal.next_at = Some(rules::due(&renewal, until));
    let why = ("renewal_began", Some(payment.id));
    apply(conn, &renewal.clone(), renewal, why, origin, now).await
}

/// The end of a charge of ours is known.
async fn charged(
    conn: &mut AsyncPgConnection,
    renewal: Renewal,
    payment: &Payment,
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Ticket>> {
    let is_upgrade = is_upgrade(payment);
    let mut base = renewal.clone();
    let (event, action) = match payment.status {
        PaymentStatus::Succeeded => {
            if is_upgrade {
                let price = prices::price(conn, payment.tier, &renewal.currency).await?;
                base.tier = payment.tier;
                base.amount = price.unwrap_or(renewal.amount);
            }
            let bought = payments::windows(conn, renewal.user_id, now).await?;
            let until = rules::paid_until(&bought, base.tier).unwrap_or(renewal.paid_until);
            crate::metrics::renewed(renewal.provider.as_str(), "paid");
            (Event::Paid(until), "renewal_paid")
        }
        PaymentStatus::Failed | PaymentStatus::Canceled if is_upgrade => {
            base.underway = None;
            let why = ("upgrade_refused", Some(payment.id));
            return apply(conn, &renewal, base, why, origin, now).await;
        }
        PaymentStatus::Failed | PaymentStatus::Canceled => {
            let code = payment.error_code.as_deref();
            // Given up without an answer, and perhaps paid: the person has to act.
            let is_unfound =
                payment.status == PaymentStatus::Canceled && !finds_charges(payment.provider);
            let is_hard = is_unfound || HARD.iter().any(|hard| code == Some(hard.as_str()));
            if base.goes_on() {
                let from = || rules::refused_from(payment.id, now);
                base.refused_at = Some(base.refused_at.unwrap_or_else(from));
            }
            crate::metrics::renewed(renewal.provider.as_str(), "refused");
            (Event::Refused { is_hard }, "renewal_refused")
        }
        PaymentStatus::Pending | PaymentStatus::Refunded => return Ok(Vec::new()),
    };
    let after = stepped(&base, event, now);
    apply(
        conn,
        &renewal,
        after,
        (action, Some(payment.id)),
        origin,
        now,
    )
    .await
}

/// Money of a plan went back: nothing more is charged, and it ends with what is still paid for.
async fn returned(
    conn: &mut AsyncPgConnection,
    renewal: Renewal,
    payment: &Payment,
    origin: &Origin,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Ticket>> {
    let is_newest = payment
        .period_end
        .is_some_and(|end| end >= renewal.paid_until);
    let is_its = renewal.underway == Some(payment.id) || is_newest;
    let bought = payments::windows(conn, renewal.user_id, now).await?;
    let lower = time::standing(&bought, now).filter(|_| is_upgrade(payment) && renewal.goes_on());
    if let Some(lower) = lower {
        let price = prices::price(conn, lower.tier, &renewal.currency).await?;
        let after = Renewal {
            tier: lower.tier,
            amount: price.unwrap_or(renewal.amount),
            underway: renewal.underway.filter(|id| *id != payment.id),
            ..renewal.clone()
        };
        let why = ("upgrade_returned", Some(payment.id));
        return apply(conn, &renewal, after, why, origin, now).await;
    }
    let until = rules::paid_until(&bought, renewal.tier);
    let mut base = renewal.clone();
    base.underway = renewal.underway.filter(|id| *id != payment.id);
    if !renewal.goes_on() || !is_its {
        // What follows has moved up.
        let moved = until.filter(|until| *until < renewal.paid_until && renewal.goes_on());
        let Some(until) = moved else {
            return Ok(Vec::new());
        };
        base.paid_until = until;
        base.next_at = Some(rules::due(&renewal, until));
        return apply(
            conn,
            &renewal,
            base,
            ("renewal_moved", Some(payment.id)),
            origin,
            now,
        )
        .await;
    }
    if renewal.state != RenewalState::PastDue {
        base.paid_until = bought.iter().map(|one| one.until).max().unwrap_or(now);
    }
    if is_by_vendor(renewal.provider) {
        requests::renew(conn, &renewal, false).await?;
    }
    let after = stepped(&base, Event::Cancel, now);
    apply(
        conn,
        &renewal,
        after,
        ("renewal_returned", Some(payment.id)),
        origin,
        now,
    )
    .await
}

/// The step of an event that no person asks for, and that is never refused.
pub(super) fn stepped(renewal: &Renewal, event: Event, now: DateTime<Utc>) -> Renewal {
    rules::step(renewal, event, now).unwrap_or_else(|_| renewal.clone())
}
