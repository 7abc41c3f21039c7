//! SQL over `rollout_invitations`.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use people::users;
use schema::rollout_invitations as invitations;
use serde_json::json;

use crate::model::{Act, By};

/// Whether a person is handled by the API whatever the percentage.
///
/// # Errors
/// Those of the database.
pub async fn is_invited(conn: &mut AsyncPgConnection, telegram_id: i64) -> QueryResult<bool> {
    diesel::select(exists(invitations::table.find(telegram_id)))
        .get_result(conn)
        .await
}

/// All who are invited, by their Telegram ids, and since when.
///
/// # Errors
/// Those of the database.
pub async fn invited(conn: &mut AsyncPgConnection) -> QueryResult<Vec<(i64, DateTime<Utc>)>> {
    invitations::table
        .order(invitations::telegram_id)
        .load(conn)
        .await
}

/// Invites a person, or takes the invitation back, in the caller's transaction. Returns whether that changed anything.
///
/// # Errors
/// Those of the database.
pub async fn invite(
    conn: &mut AsyncPgConnection,
    telegram_id: i64,
    is_invited: bool,
    by: &By,
) -> Result<bool, Error> {
    let changed = match is_invited {
        true => add(conn, telegram_id, by.at).await?,
        false => {
            let one = diesel::delete(invitations::table.find(telegram_id));
            one.execute(conn).await?
        }
    };
    if changed == 0 {
        return Ok(false);
    }
    let act = Act {
        action: "rollout_invited",
        entity: ("rollout", None),
        person: users::queries::id_of_telegram(conn, telegram_id).await?,
        was: Some(json!({ "invited": !is_invited })),
        is: json!({ "invited": is_invited }),
    };
    by.note(conn, act).await?;
    Ok(true)
}

async fn add(
    conn: &mut AsyncPgConnection,
    telegram_id: i64,
    now: DateTime<Utc>,
) -> QueryResult<usize> {
    let row = (
        invitations::telegram_id.eq(telegram_id),
        invitations::invited_at.eq(now),
    );
    diesel::insert_into(invitations::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(conn)
        .await
}

/// How many of the persons known here the API handles, and how many the workflow does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Split {
    #[diesel(sql_type = BigInt)]
    pub api: i64,
    #[diesel(sql_type = BigInt)]
    pub workflow: i64,
}

const SPLIT: &str = "WITH people AS (
        SELECT $1 > 0 AND (rollout_bucket(telegram_id) < $1
            OR telegram_id IN (SELECT telegram_id FROM rollout_invitations)) AS is_ours
        FROM users WHERE telegram_id IS NOT NULL)
    SELECT count(*) FILTER (WHERE is_ours) AS api, count(*) FILTER (WHERE NOT is_ours) AS workflow FROM people";

/// The persons known here, by who handles them at a percentage.
///
/// # Errors
/// Those of the database.
pub async fn split(conn: &mut AsyncPgConnection, percent: i32) -> QueryResult<Split> {
    diesel::sql_query(SPLIT)
        .bind::<Integer, _>(percent)
        .get_result(conn)
        .await
}
