//! SQL over meters. Readings are taken by the same SQL function, in the statement that accepts them.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{PlanLimit, Taken, Unit, Usage};
use schema::{current_meters, meters, plan_limits, users};

/// How much of their readings a person has used by now; 0 before their first.
///
/// # Errors
/// `NotFound` if they are gone, or those of the database.
pub async fn usage(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Usage> {
    usage_of(conn, user_id, Unit::Analyses).await
}

/// How much of a unit an account has used by now.
///
/// # Errors
/// `NotFound` if it is gone, or no plan has the unit; those of the database.
pub async fn usage_of(
    conn: &mut AsyncPgConnection,
    account_id: Uuid,
    unit: Unit,
) -> QueryResult<Usage> {
    current_meters::table
        .filter(current_meters::account_id.eq(account_id))
        .filter(current_meters::unit.eq(unit.as_str()))
        .select(Usage::as_select())
        .first(conn)
        .await
}

/// How much of every unit an account has used by now, in the order of their names. Empty if it is gone.
///
/// # Errors
/// Those of the database.
pub async fn all(conn: &mut AsyncPgConnection, account_id: Uuid) -> QueryResult<Vec<Usage>> {
    current_meters::table
        .filter(current_meters::account_id.eq(account_id))
        .order(current_meters::unit)
        .select(Usage::as_select())
        .load(conn)
        .await
}

/// What the plans allow, by plan and unit.
///
/// # Errors
/// Those of the database.
pub async fn plan_limits(conn: &mut AsyncPgConnection) -> QueryResult<Vec<PlanLimit>> {
    plan_limits::table
        .order((plan_limits::tier, plan_limits::unit))
        .select(PlanLimit::as_select())
        .load(conn)
        .await
}

/// Takes units of an account's plan, all or none, or bonus units where the plan has too few left. Who takes of several
/// units in one transaction takes them in the order of their names. `None`: there are too few, or the account is gone.
///
/// # Errors
/// Those of the database.
pub async fn take(
    conn: &mut AsyncPgConnection,
    account_id: Uuid,
    unit: Unit,
    amount: i64,
) -> QueryResult<Option<Taken>> {
    #[derive(QueryableByName)]
    struct Windows {
        #[diesel(sql_type = Timestamptz)]
        day_ends_at: DateTime<Utc>,
        #[diesel(sql_type = Nullable<Timestamptz>)]
        month_ends_at: Option<DateTime<Utc>>,
    }
    let windows: Option<Windows> = diesel::sql_query(TAKE)
        .bind::<SqlUuid, _>(account_id)
        .bind::<Text, _>(unit)
        .bind::<BigInt, _>(amount)
        .get_result(conn)
        .await
        .optional()?;
    Ok(windows.map(|windows| Taken {
        account_id,
        unit,
        amount,
        day_ends_at: windows.day_ends_at,
        month_ends_at: windows.month_ends_at,
    }))
}

const TAKE: &str = "SELECT day_ends_at, month_ends_at FROM take_units($1, $2, $3) WHERE taken";

/// Locks the meter of a person's readings, which is made if it is missing.
///
/// # Errors
/// Those of the database.
pub async fn lock_usage(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    for statement in LOCK_READINGS {
        diesel::sql_query(statement)
            .bind::<SqlUuid, _>(user_id)
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Locks the meter of readings of the person of a Telegram account, if they have one: a transaction that may change
/// their row and take a unit begins with it.
///
/// # Errors
/// Those of the database.
pub async fn lock_usage_of(conn: &mut AsyncPgConnection, telegram_id: i64) -> QueryResult<()> {
    let person = users::table.filter(users::telegram_id.eq(telegram_id));
    meters::table
        .filter(meters::account_id.eq_any(person.select(users::id)))
        .filter(meters::unit.eq(Unit::Analyses.as_str()))
        .select(meters::account_id)
        .for_update()
        .load::<Uuid>(conn)
        .await
        .map(|_| ())
}

/// The first one waits for a transaction that is making the row.
pub const LOCK_READINGS: [&str; 2] = [
    "SELECT ensure_meter($1, 'analyses')",
    "SELECT FROM meters WHERE account_id = $1 AND unit = 'analyses' FOR UPDATE",
];

/// All meters of an account. Missing ones are made here too: who makes one locks the account, which the erasure deletes last.
pub const LOCK_ALL: [&str; 2] = [
    "SELECT ensure_meter($1, unit) FROM (SELECT DISTINCT unit FROM plan_limits ORDER BY unit) AS units",
    "SELECT FROM meters WHERE account_id = $1 ORDER BY unit FOR UPDATE",
];

/// The statements that delete what is remembered for long enough (see [`jobs::prune`]).
pub const PRUNE: &[&str] = &["DELETE FROM usage_memory WHERE memory_key IN (
         SELECT memory_key FROM usage_memory WHERE kept_until < now() LIMIT $1)",
    // What happens once is kept for 365 days, the counts beside it only for 60.
    "UPDATE usage_memory SET daily_analyses_used = 0, daily_units_returned = 0, monthly_analyses_used = 0
     WHERE memory_key IN (SELECT memory_key FROM usage_memory
         WHERE kept_until < now() + interval '305 days' AND (trial_used OR bonus_as_invited OR bonus_as_referrer)
           AND daily_analyses_used + daily_units_returned + monthly_analyses_used > 0 LIMIT $1)"];

/// Gives units back: bonus units as such, others to the windows that they were taken from if they still run. The caller ensures
/// that this happens once. With `most`, only if fewer than so many were given back with it in the day that
/// runs. Returns whether it did.
///
/// # Errors
/// Those of the database.
pub async fn give_back(
    conn: &mut AsyncPgConnection,
    taken: &Taken,
    most: Option<i32>,
) -> QueryResult<bool> {
    let changed = diesel::sql_query(GIVE_BACK)
        .bind::<SqlUuid, _>(taken.account_id)
        .bind::<Timestamptz, _>(taken.day_ends_at)
        .bind::<Nullable<Timestamptz>, _>(taken.month_ends_at)
        .bind::<Nullable<Integer>, _>(most)
        .bind::<Bool, _>(taken.is_bonus())
        .bind::<Text, _>(taken.unit)
        .bind::<BigInt, _>(taken.amount)
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

const GIVE_BACK: &str = "UPDATE meters SET
         day_returned = day_returned + CASE WHEN $4::integer IS NULL THEN 0 ELSE 1 END,
         bonus_units = bonus_units + CASE WHEN $5 THEN $7::bigint ELSE 0 END,
         day_used = CASE WHEN day_ends_at = $2 THEN GREATEST(day_used - $7, 0) ELSE day_used END,
         month_used = CASE WHEN month_ends_at = $3 THEN GREATEST(month_used - $7, 0) ELSE month_used END
     WHERE account_id = $1 AND unit = $6 AND ($4::integer IS NULL OR day_returned < $4)";
