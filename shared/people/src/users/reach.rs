//! Whether the bot can write to a person. They may block it; Telegram says so when they do, and when a message is
//! sent to them. Until they write again, or take it back, nothing is sent.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::ErrorCode;
use uuid::Uuid;
use vendors::codes::RECIPIENT_GONE;

use schema::users;

/// Marks the person of a chat, who has blocked the bot.
///
/// # Errors
/// Those of the database.
pub async fn blocked(conn: &mut AsyncPgConnection, telegram_id: i64) -> QueryResult<()> {
    diesel::update(users::table)
        .filter(users::telegram_id.eq(telegram_id))
        .filter(users::bot_blocked_at.is_null())
        .set(users::bot_blocked_at.eq(diesel::dsl::now))
        .execute(conn)
        .await
        .map(|_| ())
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

/// Takes the mark from a person who has written. Returns whether there was one.
///
/// # Errors
/// Those of the database.
pub async fn returned(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let cleared = diesel::update(users::table.find(user_id))
        .filter(users::bot_blocked_at.is_not_null())
        .set(users::bot_blocked_at.eq(None::<chrono::DateTime<chrono::Utc>>))
        .execute(conn)
        .await?;
    Ok(cleared == 1)
}
