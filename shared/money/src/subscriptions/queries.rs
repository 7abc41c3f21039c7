//! SQL over `plans` and `subscriptions`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::history::{self, Note};
use super::model::{Plan, Subscription, SubscriptionStatus};
use super::rules;
use crate::accounts;
use crate::facts::PlanChanged;
use crate::meters;
use crate::meters::model::Unit;
use crate::payments;
use crate::subscriptions::model::SubscriptionTier;
use audit::model::{Change, Origin};
use schema::{accounts as all_accounts, meters as all_meters, plans, subscriptions, users};

/// All plans, the smallest first.
///
/// # Errors
/// Those of the database.
pub async fn plans(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Plan>> {
    plans::table
        .order(plans::tier)
        .select(Plan::as_select())
        .load(conn)
        .await
}

/// One plan; `None` if an operator has removed it.
///
/// # Errors
/// Those of the database.
pub async fn plan(
    conn: &mut AsyncPgConnection,
    tier: SubscriptionTier,
) -> QueryResult<Option<Plan>> {
    let plan = plans::table.find(tier).select(Plan::as_select());
    plan.first(conn).await.optional()
}

/// How many requests a minute the plan of an account allows, or of the person of a Telegram id; `None`: it does not say.
///
/// # Errors
/// Those of the database.
pub async fn requests_per_minute(
    conn: &mut AsyncPgConnection,
    account: Option<Uuid>,
    telegram_id: Option<i64>,
) -> QueryResult<Option<i32>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Nullable<Integer>)]
        requests_per_minute: Option<i32>,
    }
    let found: Option<Found> = diesel::sql_query(RATE)
        .bind::<Nullable<SqlUuid>, _>(account)
        .bind::<Nullable<BigInt>, _>(telegram_id)
        .get_result(conn)
        .await
        .optional()?;
    Ok(found.and_then(|found| found.requests_per_minute))
}

const RATE: &str = "SELECT requests_per_minute FROM plans
    WHERE tier = current_tier(COALESCE($1, (SELECT id FROM users WHERE telegram_id = $2)))";

/// The subscription of an account, made on first sight; `None` if there is no such account (any more).
///
/// # Errors
/// Those of the database.
pub async fn of_account(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> QueryResult<Option<Subscription>> {
    let own = subscriptions::table.filter(subscriptions::user_id.eq(user_id));
    let own = own.select(Subscription::as_select());
    if let Some(known) = own.first(conn).await.optional()? {
        return Ok(Some(known));
    }
    diesel::sql_query(
        "INSERT INTO subscriptions (user_id) SELECT id FROM accounts WHERE id = $1
         ON CONFLICT (user_id) DO NOTHING",
    )
    .bind::<SqlUuid, _>(user_id)
    .execute(conn)
    .await?;
    own.first(conn).await.optional()
}

/// The same, locked to the end of the transaction. Everything that has to do with an account's money
/// takes this lock first, so that two of its payments never overlap.
///
/// # Errors
/// Those of the database.
pub async fn lock(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> QueryResult<Option<Subscription>> {
    // In the order of the product: the meter of readings, which [`write`] changes, then the person, whom an
    // erasure locks, too, or the organization.
    meters::queries::lock_usage(conn, user_id).await?;
    if !is_there(conn, user_id).await? {
        return Ok(None);
    }
    of_account(conn, user_id).await?;
    subscriptions::table
        .filter(subscriptions::user_id.eq(user_id))
        .select(Subscription::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()
}

/// Whether there is such an account, whose person or organization is kept until the transaction ends.
async fn is_there(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<bool> {
    let person = users::table.find(id).select(users::id);
    let person: Option<Uuid> = person.for_key_share().first(conn).await.optional()?;
    if person.is_some() {
        return Ok(true);
    }
    let organization = all_accounts::table
        .find(id)
        .filter(all_accounts::user_id.is_null());
    let organization = organization.select(all_accounts::id).for_key_share();
    let organization: Option<Uuid> = organization.first(conn).await.optional()?;
    Ok(organization.is_some())
}

/// A subscription as it is by now: see [`rules::by_now`].
///
/// # Errors
/// Those of the database.
pub async fn by_now(
    conn: &mut AsyncPgConnection,
    subscription: &Subscription,
    now: DateTime<Utc>,
) -> QueryResult<Subscription> {
    let bought = payments::queries::windows(conn, subscription.user_id, now).await?;
    Ok(rules::by_now(subscription, bought, now))
}

/// Writes a subscription that was locked, the plan that its readings are counted by, the lines of the audit log and of
/// its history, and the event of another plan. `payment_id`: what it follows from. Writes nothing where nothing has
/// changed.
///
/// # Errors
/// Those of the database.
pub async fn write(
    conn: &mut AsyncPgConnection,
    before: &Subscription,
    after: &Subscription,
    origin: &Origin,
    action: &'static str,
    payment_id: Option<Uuid>,
) -> QueryResult<()> {
    if before == after {
        return Ok(());
    }
    diesel::update(subscriptions::table.find(after.id))
        .set(after)
        .execute(conn)
        .await?;
    let readings = all_meters::table
        .filter(all_meters::account_id.eq(after.user_id))
        .filter(all_meters::unit.eq(Unit::Analyses.as_str()));
    diesel::update(readings)
        .set(all_meters::tier.eq(after.tier))
        .execute(conn)
        .await?;
    let change = Change {
        user_id: accounts::person(conn, Some(after.user_id)).await?,
        action,
        entity_type: "subscription",
        entity_id: Some(after.id),
        old_value: Some(before.for_audit()),
        new_value: Some(after.for_audit()),
    };
    audit::queries::record(conn, origin, change).await?;
    let line = Note {
        user_id: after.user_id,
        action,
        from: before.tier,
        to: after.tier,
        ends_at: after.current_period_end,
        payment_id,
    };
    history::note(conn, &line, origin).await?;
    if before.tier == after.tier {
        return Ok(());
    }
    let changed = PlanChanged {
        from: before.tier,
        to: after.tier,
        why: action,
    };
    accounts::record(conn, Some(after.user_id), &changed).await
}

/// Some accounts whose paid time or trial is over, but not yet in their row; without those in `but`.
///
/// # Errors
/// Those of the database.
pub async fn over(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
    but: &[Uuid],
    limit: i64,
) -> QueryResult<Vec<Uuid>> {
    use SubscriptionTier::{Free, Trial};
    let paid = subscriptions::tier
        .ne_all([Free, Trial])
        .and(subscriptions::current_period_end.le(now));
    let trial = subscriptions::tier
        .eq(Trial)
        .and(subscriptions::status.eq(SubscriptionStatus::Active))
        .and(subscriptions::trial_ends_at.le(now));
    subscriptions::table
        .filter(paid.or(trial).assume_not_null())
        .filter(subscriptions::user_id.ne_all(but))
        .select(subscriptions::user_id)
        .limit(limit)
        .load(conn)
        .await
}
