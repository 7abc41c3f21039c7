//! What a higher plan costs for the rest of a period. What is charged is what was quoted: one sum, from one moment on.

use audit::model::Origin;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use kernel::Error;
use kernel::currencies::{minor, whole};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::change::{conflict, locked, present};
use super::methods;
use super::model::{Renewal, RenewalState};
use super::queries;
use super::rules::{self, Part};
use super::turn::Due;
use crate::payments::model::{Payment, Wanted};
use crate::payments::orders::{Planned, intend_charge};
use crate::payments::queries as payments;
use crate::subscriptions::model::{SubscriptionTier, rank};
use crate::subscriptions::prices;

/// How long a quote stands.
const STANDS_FOR: TimeDelta = TimeDelta::minutes(15);

/// What a higher plan costs.
#[derive(Clone, Debug)]
pub struct Quote {
    pub id: Uuid,
    pub tier: SubscriptionTier,
    /// In whole units, until the end of the period.
    pub amount: Decimal,
    /// In whole units, of each later period.
    pub then: Decimal,
    pub currency: String,
    /// From when on it is counted.
    pub proration_at: DateTime<Utc>,
    pub valid_until: DateTime<Utc>,
    /// The end of the period, which stays.
    pub period_end: DateTime<Utc>,
}

/// Says what a higher plan costs from now to the end of the period, and keeps it, in the place of an older one.
///
/// # Errors
/// E105 for a plan that is not higher or not for sale, `Conflict` if the subscription cannot be changed now, or those of
/// the database.
pub async fn quote(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    tier: SubscriptionTier,
    now: DateTime<Utc>,
) -> Result<Quote, Error> {
    let (plan, renewal) = locked(conn, user_id).await?;
    may_upgrade(&renewal)?;
    if rank(tier) <= rank(present(conn, &plan, now).await?) {
        return Err(Error::invalid(
            "tier",
            "must be higher than the present plan",
        ));
    }
    let price = prices::price(conn, tier, &renewal.currency).await?;
    let then = price
        .ok_or_else(|| Error::invalid("tier", format!("not for sale in {}", renewal.currency)))?;
    let bought = payments::windows(conn, user_id, now).await?;
    if bought.iter().any(|one| one.from > now) {
        return Err(conflict(
            "the next period is paid for: change the plan when it has begun",
        ));
    }
    let mut parts = Vec::new();
    for window in &bought {
        let payment = payments::find(conn, window.payment_id).await?;
        parts.extend(payment.and_then(|payment| part(&payment, &renewal.currency)));
    }
    let over = || conflict("nothing is paid for that could be changed");
    let then_minor = minor(then, &renewal.currency).ok_or_else(over)?;
    let amount = rules::prorate(then_minor, &parts, now).ok_or_else(over)?;
    let id = Uuid::now_v7();
    let amount = whole(amount, &renewal.currency);
    let kept = Renewal {
        quote_id: Some(id),
        quote_tier: Some(tier),
        quote_amount: Some(amount),
        quote_at: Some(now),
        ..renewal
    };
    queries::put(conn, &kept).await?;
    Ok(Quote {
        id,
        tier,
        amount,
        then,
        currency: kept.currency,
        proration_at: now,
        valid_until: (now + STANDS_FOR).min(kept.paid_until),
        period_end: kept.paid_until,
    })
}

/// What was really paid for a stretch of time, and was not given back; `None`: nothing in this currency.
fn part(payment: &Payment, currency: &str) -> Option<Part> {
    let window = payment.window()?;
    let kept = payment.amount - payment.gone();
    Some(Part {
        minor: match payment.currency == currency {
            true => minor(kept, currency)?,
            false => 0,
        },
        from: window.from,
        until: window.until,
    })
}

/// Writes the intent to charge a quote, which is used up by that.
///
/// # Errors
/// `Conflict` if the quote is over, or the subscription cannot be changed now; or those of the database.
pub async fn accept(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    (id, tier): (Uuid, SubscriptionTier),
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Due, Error> {
    let (_, renewal) = locked(conn, user_id).await?;
    may_upgrade(&renewal)?;
    let is_it = renewal.quote_id == Some(id) && renewal.quote_tier == Some(tier);
    let quoted = renewal.quote_amount.zip(renewal.quote_at);
    let stands = |at: DateTime<Utc>| now <= at + STANDS_FOR && now < renewal.paid_until;
    let Some((amount, at)) = quoted.filter(|(_, at)| is_it && stands(*at)) else {
        return Err(conflict("the quote is over: ask for a new one"));
    };
    let method = match renewal.method_id {
        Some(method) => methods::find(conn, user_id, method).await?,
        None => None,
    };
    let method = method.ok_or_else(|| conflict("there is no means of payment"))?;
    if queries::charge_underway(conn, user_id).await?.is_some() {
        return Err(conflict("a charge is under way: try again in some minutes"));
    }
    let wanted = Wanted {
        user_id,
        tier,
        provider: renewal.provider,
        amount,
        currency: renewal.currency.clone(),
        renew: true,
    };
    let planned = Planned {
        charge: "upgrade",
        from: at,
        until: renewal.paid_until,
        due: None,
    };
    let payment = intend_charge(conn, &wanted, planned, origin).await?;
    let underway = Renewal {
        underway: Some(payment.id),
        quote_id: None,
        quote_tier: None,
        quote_amount: None,
        quote_at: None,
        ..renewal
    };
    queries::put(conn, &underway).await?;
    Ok(Due {
        payment,
        method,
        is_first: true,
    })
}

fn may_upgrade(renewal: &Renewal) -> Result<(), Error> {
    if renewal.state != RenewalState::Active || renewal.method_id.is_none() {
        return Err(conflict(
            "only a subscription that is paid, and charged to a card, can be changed",
        ));
    }
    match renewal.underway {
        Some(_) => Err(conflict("a charge is under way: try again in some minutes")),
        None => Ok(()),
    }
}
