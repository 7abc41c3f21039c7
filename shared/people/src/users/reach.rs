//! Whether the bot can write to a person. They may block it; Telegram says so when they do, and when a message is
//! sent to them. Until they write again, or take it back, nothing is sent.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::ErrorCode;
use uuid::Uuid;
use vendors::codes::RECIPIENT_GONE;

use schema::users;

/// When a person did something, by Telegram's clock and number. Updates may arrive in any order: one that is older
/// than the last block or return that was heard of changes nothing.
#[derive(Clone, Copy, Debug)]
pub struct Heard {
    /// `None`: the update does not say.
    pub at: Option<DateTime<Utc>>,
    pub update_id: i64,
}

/// Marks the person of a chat, who has blocked the bot.
///
/// # Errors
/// Those of the database.
pub async fn blocked(
    conn: &mut AsyncPgConnection,
    telegram_id: i64,
    heard: Heard,
) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE users SET bot_blocked_at = COALESCE(bot_blocked_at, now()),
             heard_at = COALESCE($2, heard_at), heard_update_id = $3
         WHERE telegram_id = $1 AND ($2::timestamptz IS NULL OR heard_at IS NULL
             OR (heard_at, heard_update_id) < ($2, $3))",
    )
    .bind::<BigInt, _>(telegram_id)
    .bind::<Nullable<Timestamptz>, _>(heard.at)
    .bind::<BigInt, _>(heard.update_id)
    .execute(conn)
    .await
    .map(|_| ())
}

/// Takes the mark from a person who has written, or, with `is_return`, has taken their block back, which is kept.
/// Returns whether there was one.
///
/// # Errors
/// Those of the database.
pub async fn returned(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    heard: Heard,
    is_return: bool,
) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Was {
        #[diesel(sql_type = Bool)]
        blocked: bool,
    }
    let was: Option<Was> = diesel::sql_query(
        "WITH was AS (
             SELECT id, bot_blocked_at IS NOT NULL AS blocked FROM users
             WHERE id = $1 AND (heard_at IS NULL OR (heard_at, heard_update_id) < ($2, $3))
               AND ($4 OR bot_blocked_at IS NOT NULL) FOR NO KEY UPDATE)
         UPDATE users SET bot_blocked_at = NULL, heard_at = $2, heard_update_id = $3
         FROM was WHERE users.id = was.id RETURNING blocked",
    )
    .bind::<SqlUuid, _>(user_id)
    .bind::<Nullable<Timestamptz>, _>(heard.at)
    .bind::<BigInt, _>(heard.update_id)
    .bind::<Bool, _>(is_return)
    .get_result(conn)
    .await
    .optional()?;
    Ok(was.is_some_and(|was| was.blocked))
}

/// Marks a person if a message has failed with `code` because it did not reach them.
///
/// # Errors
/// Those of the database.
pub async fn missed(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    code: ErrorCode,
) -> QueryResult<()> {
    if code != RECIPIENT_GONE {
        return Ok(());
    }
    diesel::update(users::table.find(user_id))
        .filter(users::bot_blocked_at.is_null())
        .set(users::bot_blocked_at.eq(diesel::dsl::now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Takes the mark from a person whom a message has reached, or who has pressed a button. Returns whether there was
/// one.
///
/// # Errors
/// Those of the database.
pub async fn reached(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let cleared = diesel::update(users::table.find(user_id))
        .filter(users::bot_blocked_at.is_not_null())
        .set(users::bot_blocked_at.eq(None::<DateTime<Utc>>))
        .execute(conn)
        .await?;
    Ok(cleared == 1)
}

/// Whether messages do not reach a person. Until the caller's transaction ends they do not return.
///
/// # Errors
/// `NotFound` if they are gone, or those of the database.
pub async fn is_away(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    users::table
        .find(user_id)
        .select(users::bot_blocked_at.is_not_null())
        .for_no_key_update()
        .first(conn)
        .await
}
