//! What is done about a plan: the trial begins, or it is cancelled. In the caller's transaction.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::model::{Subscription, SubscriptionTier};
use super::{queries, rules};
use crate::accounts;
use crate::news::{self, News};
use crate::renewals;
use audit::model::Origin;
use kernel::Error;

/// How long before its end a trial is said to end; half of it for a shorter one.
const ENDING: TimeDelta = TimeDelta::days(1);

/// Begins the trial, and enqueues the message that it ends soon.
///
/// # Errors
/// `NotFound` if the person is gone, `Conflict` if they cannot have it, or those of the database.
pub async fn begin_trial(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Subscription, Error> {
    let before = queries::lock(conn, user_id).await?;
    let before = before.ok_or(Error::NotFound("user"))?;
    // Else each organization that a person founds would be a trial more.
    if accounts::person(conn, Some(user_id)).await?.is_none() {
        return Err(Error::Conflict(
            "the trial is for persons, not for organizations".to_owned(),
        ));
    }
    let plan = queries::plan(conn, SubscriptionTier::Trial).await?;
    let plan = plan.ok_or_else(|| Error::Conflict("there is no trial".to_owned()))?;
    let after = rules::trial(&before, &plan, now).map_err(|why| Error::Conflict(why.to_owned()))?;
    queries::write(conn, &before, &after, origin, "trial_started", None).await?;
    let whole = TimeDelta::days(plan.trial_days.into());
    let ends_at = now + whole;
    let delay: Duration = (whole - ENDING.min(whole / 2)).to_std().unwrap_or_default();
    // Due days later: a worker finds it without being woken.
    news::tell_in(conn, user_id, &News::TrialEnding { ends_at }, delay).await?;
    Ok(after)
}

/// Cancels: nothing more is charged, and what is paid for runs to the end of its time; a trial, also one that is over,
/// and what is kept although it is past due end at once. A second time changes nothing. Returns the subscription as it
/// stands now.
///
/// # Errors
/// `NotFound` if the person is gone, or those of the database.
pub async fn cancel(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    origin: &Origin,
    now: DateTime<Utc>,
) -> Result<Subscription, Error> {
    queries::lock(conn, user_id).await?;
    renewals::change::cancel(conn, user_id, origin, now).await?;
    let before = queries::lock(conn, user_id).await?;
    let before = before.ok_or(Error::NotFound("user"))?;
    let Some(after) = rules::canceled(&before, now) else {
        return Ok(queries::by_now(conn, &before, now).await?);
    };
    queries::write(conn, &before, &after, origin, "subscription_canceled", None).await?;
    Ok(after)
}
