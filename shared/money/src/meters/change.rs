//! What operators change: an account's meter, and what a plan allows. Each with its line of the audit log, in the
//! caller's transaction.

use audit::model::{Change, Origin};
use diesel::dsl::IntervalDsl;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Value, json};
use uuid::Uuid;

use super::model::{PlanLimit, Unit};
use crate::subscriptions::model::SubscriptionTier;
use schema::{accounts, meters, plan_limits as limits, plans};

/// Empties the running windows of an account's meter. They are other windows from then on, by a microsecond: a unit that was
/// taken before and is given back later was given again already. Returns what was used of the day and the month; `None`: nothing ever
/// was.
///
/// # Errors
/// Those of the database.
pub async fn reset(
    conn: &mut AsyncPgConnection,
    account_id: Uuid,
    unit: Unit,
    (origin, by): (&Origin, &str),
) -> QueryResult<Option<[i64; 2]>> {
    let of_unit = meters::table
        .filter(meters::account_id.eq(account_id))
        .filter(meters::unit.eq(unit.as_str()));
    let used = of_unit.select((meters::id, meters::day_used, meters::month_used));
    let used: Option<(Uuid, i64, i64)> = used.for_update().first(conn).await.optional()?;
    let Some((id, day, month)) = used else {
        return Ok(None);
    };
    diesel::update(meters::table.find(id))
        .set((
            meters::day_used.eq(0),
            meters::month_used.eq(0),
            meters::day_returned.eq(0),
            meters::day_ends_at.eq(meters::day_ends_at + 1_i32.microsecond()),
            meters::month_ends_at.eq(meters::month_ends_at + 1_i32.microsecond()),
        ))
        .execute(conn)
        .await?;
    let whose = accounts::table.find(account_id).select(accounts::user_id);
    let change = Change {
        user_id: whose.first(conn).await?,
        action: "meter_reset",
        entity_type: "meter",
        entity_id: Some(id),
        old_value: Some(json!({ "unit": unit, "day_used": day, "month_used": month })),
        new_value: Some(by_operator(json!({ "day_used": 0, "month_used": 0 }), by)),
    };
    audit::queries::record(conn, origin, change).await?;
    Ok(Some([day, month]))
}

/// What is to be changed of a limit; `None` stays as it is.
#[derive(Clone, Debug)]
pub struct LimitWish {
    pub tier: SubscriptionTier,
    pub unit: String,
    pub day: Option<Option<i64>>,
    pub month: Option<Option<i64>>,
}

/// The limit that a wish comes to; `None`: there is no such plan.
///
/// # Errors
/// Those of the database.
pub async fn wished(
    conn: &mut AsyncPgConnection,
    wish: &LimitWish,
) -> QueryResult<Option<PlanLimit>> {
    // Locked: of two changes of one limit each keeps what the other has changed.
    let limits: Vec<PlanLimit> = limits::table
        .filter(limits::tier.eq(wish.tier))
        .order(limits::unit)
        .select(PlanLimit::as_select())
        .for_update()
        .load(conn)
        .await?;
    if limits.is_empty() {
        return Ok(None);
    }
    let before = limits.iter().find(|limit| limit.unit == wish.unit);
    let [day, month] = before.map_or([None; 2], |one| [one.day_limit, one.month_limit]);
    Ok(Some(PlanLimit {
        tier: wish.tier,
        unit: wish.unit.clone(),
        day_limit: wish.day.unwrap_or(day),
        month_limit: wish.month.unwrap_or(month),
    }))
}

/// Writes what a plan allows of a unit.
///
/// # Errors
/// Those of the database: of the foreign key if there is no such plan.
pub async fn set_limit(
    conn: &mut AsyncPgConnection,
    limit: &PlanLimit,
    (origin, by): (&Origin, &str),
) -> QueryResult<()> {
    let before = limits::table.find((limit.tier, &limit.unit));
    let before: Option<PlanLimit> = before
        .select(PlanLimit::as_select())
        .for_update()
        .first(conn)
        .await
        .optional()?;
    diesel::insert_into(limits::table)
        .values(limit)
        .on_conflict((limits::tier, limits::unit))
        .do_update()
        .set(limit)
        .execute(conn)
        .await?;
    let change = Change {
        user_id: None,
        action: "plan_limit_changed",
        entity_type: "plan",
        entity_id: None,
        old_value: before.map(|before| json!(before)),
        new_value: Some(by_operator(json!(limit), by)),
    };
    audit::queries::record(conn, origin, change).await
}

/// Writes how many requests a minute a plan allows; `None`: as the settings say. Returns whether there is such a plan.
///
/// # Errors
/// Those of the database.
pub async fn set_rate(
    conn: &mut AsyncPgConnection,
    tier: SubscriptionTier,
    rate: Option<i32>,
    (origin, by): (&Origin, &str),
) -> QueryResult<bool> {
    let before = plans::table.find(tier).select(plans::requests_per_minute);
    let before: Option<Option<i32>> = before.for_update().first(conn).await.optional()?;
    let Some(before) = before else {
        return Ok(false);
    };
    diesel::update(plans::table.find(tier))
        .set(plans::requests_per_minute.eq(rate))
        .execute(conn)
        .await?;
    let line = |rate| json!({ "tier": tier, "requests_per_minute": rate });
    let change = Change {
        user_id: None,
        action: "plan_rate_changed",
        entity_type: "plan",
        entity_id: None,
        old_value: Some(line(before)),
        new_value: Some(by_operator(line(rate), by)),
    };
    audit::queries::record(conn, origin, change).await?;
    Ok(true)
}

fn by_operator(mut value: Value, by: &str) -> Value {
    value["by"] = json!(by.replace('\0', ""));
    value
}
