//! What a person does about their renewal. In the caller's transaction.

use audit::model::Origin;
use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::Error;
use uuid::Uuid;

use super::effects::apply;
use super::methods::{self, Method};
use super::model::{Renewal, RenewalState, is_by_vendor};
use super::rules::{self, Event};
use super::{queries, requests};
use crate::payments::queries as payments;
use crate::subscriptions::model::{Subscription, SubscriptionTier, rank};
use crate::subscriptions::rules as time;
use crate::subscriptions::{prices, queries as subscriptions};

/// A person, locked, and their renewal.
pub(super) async fn locked(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> Result<(Subscription, Renewal), Error> {
    let plan = subscriptions::lock(conn, user_id).await?;
    let plan = plan.ok_or(Error::NotFound("user"))?;
    let renewal = queries::find(conn, user_id).await?;
    let renewal = renewal.filter(|one| one.state != RenewalState::Ended);
    let renewal = renewal.ok_or_else(|| conflict("the subscription does not renew"))?;
    Ok((plan, renewal))
}

pub(super) fn conflict(why: &str) -> Error {
    Error::Conflict(why.to_owned())
}

/// The plan of a person that is paid for at this moment.
pub(super) async fn present(
    conn: &mut AsyncPgConnection,
    plan: &Subscription,
    now: DateTime<Utc>,
) -> Result<SubscriptionTier, Error> {
    let bought = payments::windows(conn, plan.user_id, now).await?;
    Ok(time::standing(&bought, now).map_or(plan.tier, |standing| standing.tier))
}

/// Stops a renewal: nothing more is charged. What is kept although it is past due ends at once. Nothing, if there is
/// none. The person has to be locked.
///
/// # Errors
/// Those of the database.
pub async fn cancel(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let renewal = queries::find(conn, user_id).await?;
    let Some(renewal) = renewal.filter(Renewal::goes_on) else {
        return Ok(());
    };
    if is_by_vendor(renewal.provider) {
        requests::renew(conn, &renewal, false).await?;
    }
    let after = rules::step(&renewal, Event::Cancel, now).map_err(conflict)?;
    // The person knows it: no message.
    let _untold = apply(
        conn,
        &renewal,
        after,
        ("renewal_canceled", None),
        origin,
        now,
    )
    .await?;
    Ok(())
}

/// Undoes a cancellation, or a pause.
///
/// # Errors
/// `Conflict` if there is neither; `NotFound`, or those of the database.
pub async fn resume(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (plan, renewal) = locked(conn, user_id).await?;
    let after = rules::step(&renewal, Event::Resume, now).map_err(conflict)?;
    if renewal.method_id.is_none() && !is_by_vendor(renewal.provider) {
        return Err(conflict("there is no means of payment: buy the plan again"));
    }
    if is_by_vendor(renewal.provider) {
        requests::renew(conn, &renewal, true).await?;
    }
    let _none = apply(
        conn,
        &renewal,
        after,
        ("renewal_resumed", None),
        origin,
        now,
    )
    .await?;
    let resumed = Subscription {
        cancel_at_period_end: false,
        canceled_at: None,
        ..plan.clone()
    };
    let action = "subscription_resumed";
    Ok(subscriptions::write(conn, &plan, &resumed, origin, action, None).await?)
}

/// Charges nothing for so many months after what is paid for.
///
/// # Errors
/// `Conflict` if it cannot be paused; `NotFound`, or those of the database.
pub async fn pause(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    months: u32,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (_, renewal) = locked(conn, user_id).await?;
    refuse_vendors(&renewal)?;
    let after = rules::step(&renewal, Event::Pause(months), now).map_err(conflict)?;
    let _none = apply(conn, &renewal, after, ("renewal_paused", None), origin, now).await?;
    Ok(())
}

/// Another plan from the next period on: a lower one, or the present one, which undoes that. A higher one is an upgrade.
///
/// # Errors
/// E104 (`quote`) for a higher plan, E105 for one that is not for sale, `Conflict`, or those of the database.
pub async fn change_next(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    tier: SubscriptionTier,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (plan, renewal) = locked(conn, user_id).await?;
    refuse_vendors(&renewal)?;
    if !matches!(renewal.state, RenewalState::Active | RenewalState::Paused) {
        return Err(conflict("only a subscription that is paid can be changed"));
    }
    if rank(tier) > rank(present(conn, &plan, now).await?) {
        return Err(Error::missing(
            "quote",
            "ask what the higher plan costs first",
        ));
    }
    // What is being charged is the plan of the next period already.
    if renewal.underway.is_some() {
        return Err(conflict("a charge is under way: try again in some minutes"));
    }
    let price = prices::price(conn, tier, &renewal.currency).await?;
    let why = || Error::invalid("tier", format!("not for sale in {}", renewal.currency));
    let after = Renewal {
        tier,
        amount: price.ok_or_else(why)?,
        ..renewal.clone()
    };
    let _none = apply(
        conn,
        &renewal,
        after,
        ("renewal_changed", None),
        origin,
        now,
    )
    .await?;
    Ok(())
}

/// Makes a means of payment the default, and charges renewals to it. One that is past due is tried at once.
///
/// # Errors
/// `NotFound` for one that is not the person's, `Conflict` if the renewal is of another vendor, or those of the database.
pub async fn use_method(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    id: Uuid,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Method, Error> {
    subscriptions::lock(conn, user_id).await?;
    let method = methods::find(conn, user_id, id).await?;
    let method = method.ok_or(Error::NotFound("payment method"))?;
    methods::set_default(conn, user_id, id).await?;
    let renewal = queries::find(conn, user_id).await?;
    if let Some(renewal) = renewal.filter(|one| one.state != RenewalState::Ended) {
        if renewal.provider != method.provider {
            let why = "the subscription is charged by another vendor: buy the plan with this one";
            return Err(conflict(why));
        }
        let mut after = Renewal {
            method_id: Some(id),
            ..renewal.clone()
        };
        if renewal.state == RenewalState::PastDue && renewal.underway.is_none() {
            after.next_at = Some(now);
        }
        let why = ("renewal_method_changed", None);
        let _none = apply(conn, &renewal, after, why, origin, now).await?;
    }
    Ok(Method {
        is_default: true,
        ..method
    })
}

/// Removes a means of payment, and has its vendor forget it. A subscription that is charged to it is cancelled: it ends
/// with what is paid for. Returns whether one was.
///
/// # Errors
/// `NotFound` for one that is not the person's, or those of the database.
pub async fn remove_method(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    id: Uuid,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    subscriptions::lock(conn, user_id).await?;
    let method = methods::find(conn, user_id, id).await?;
    let method = method.ok_or(Error::NotFound("payment method"))?;
    let is_used = stop_charging(conn, &method, origin, now).await?;
    methods::remove(conn, &method).await?;
    Ok(is_used)
}

/// Cancels the subscription that is charged to a means of payment, which ends with what is paid for. Returns whether there
/// was one. The person has to be locked.
pub(super) async fn stop_charging(
    conn: &mut AsyncPgConnection,
    method: &Method,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let user_id = method.user_id;
    let renewal = queries::find(conn, user_id).await?;
    let is_used = renewal.is_some_and(|one| one.method_id == Some(method.id) && one.goes_on());
    if !is_used {
        return Ok(false);
    }
    cancel(conn, user_id, origin, now).await?;
    if let Some(before) = subscriptions::of_account(conn, user_id).await?
        && let Some(after) = time::canceled(&before, now)
    {
        let action = "subscription_canceled";
        subscriptions::write(conn, &before, &after, origin, action, None).await?;
    }
    Ok(true)
}

/// What a vendor renews by itself, it renews as it began.
fn refuse_vendors(renewal: &Renewal) -> Result<(), Error> {
    match is_by_vendor(renewal.provider) {
        true => Err(conflict(
            "Telegram renews what is paid in Stars as it began: cancel it, and buy another plan",
        )),
        false => Ok(()),
    }
}
