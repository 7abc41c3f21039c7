//! SQL over the use of quotas. A unit is taken by the SQL function `take_unit`, in the statement that accepts
//! a reading.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Integer, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::model::{Unit, Usage};
use schema::{current_usage, usage_limits, users};

/// How much of their quota a person has used by now; 0 before their first unit.
///
/// # Errors
/// `NotFound` if they are gone, or those of the database.
pub async fn usage(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Usage> {
    current_usage::table
        .filter(current_usage::user_id.eq(user_id))
        .select(Usage::as_select())
        .first(conn)
        .await
}

/// Locks the usage row of a person, which is made if it is missing.
///
/// # Errors
/// Those of the database.
pub async fn lock_usage(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    for statement in LOCKS {
        diesel::sql_query(statement)
            .bind::<SqlUuid, _>(user_id)
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Locks the usage row of the person of a Telegram account, if they have one: a transaction that may change
/// their row and take a unit begins with it.
///
/// # Errors
/// Those of the database.
pub async fn lock_usage_of(conn: &mut AsyncPgConnection, telegram_id: i64) -> QueryResult<()> {
    let person = users::table.filter(users::telegram_id.eq(telegram_id));
    usage_limits::table
        .filter(usage_limits::user_id.eq_any(person.select(users::id)))
        .select(usage_limits::user_id)
        .for_update()
        .load::<Uuid>(conn)
        .await
        .map(|_| ())
}

/// The first one waits for a transaction that is making the row.
pub const LOCKS: [&str; 2] = [
    "SELECT ensure_usage_limits($1)",
    "SELECT FROM usage_limits WHERE user_id = $1 FOR UPDATE",
];

/// The statements that delete what is remembered for long enough (see [`jobs::prune`]).
pub const PRUNE: &[&str] = &["DELETE FROM usage_memory WHERE memory_key IN (
         SELECT memory_key FROM usage_memory WHERE kept_until < now() LIMIT $1)",
    // What happens once is kept for 365 days, the counts beside it only for 60.
    "UPDATE usage_memory SET daily_analyses_used = 0, daily_units_returned = 0, monthly_analyses_used = 0
     WHERE memory_key IN (SELECT memory_key FROM usage_memory
         WHERE kept_until < now() + interval '305 days' AND (trial_used OR bonus_as_invited OR bonus_as_referrer)
           AND daily_analyses_used + daily_units_returned + monthly_analyses_used > 0 LIMIT $1)"];

/// Gives a unit back: a bonus unit as such, others to the windows that they were taken from if they still run. The caller ensures
/// that this happens once. With `most`, only if fewer than so many were given back with it in the day that
/// runs. Returns whether it did.
///
/// # Errors
/// Those of the database.
pub async fn give_back(
    conn: &mut AsyncPgConnection,
    unit: &Unit,
    most: Option<i32>,
) -> QueryResult<bool> {
    let changed = diesel::sql_query(
        "UPDATE usage_limits SET
             daily_units_returned = daily_units_returned + CASE
                 WHEN $4::integer IS NULL THEN 0 ELSE 1 END,
             bonus_units = bonus_units + CASE WHEN $5 THEN 1 ELSE 0 END,
             daily_analyses_used = daily_analyses_used - CASE
                 WHEN daily_limit_reset_at = $2 AND daily_analyses_used > 0 THEN 1 ELSE 0 END,
             monthly_analyses_used = monthly_analyses_used - CASE
                 WHEN monthly_limit_reset_at = $3 AND monthly_analyses_used > 0 THEN 1 ELSE 0 END
         WHERE user_id = $1 AND ($4::integer IS NULL OR daily_units_returned < $4)",
    )
    .bind::<SqlUuid, _>(unit.user_id)
    .bind::<Timestamptz, _>(unit.daily_reset_at)
    .bind::<Nullable<Timestamptz>, _>(unit.monthly_reset_at)
    .bind::<Nullable<Integer>, _>(most)
    .bind::<Bool, _>(unit.is_bonus())
    .execute(conn)
    .await?;
    Ok(changed == 1)
}
