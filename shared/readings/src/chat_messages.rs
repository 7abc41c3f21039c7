//! SQL over `message_context`: the last messages of a person's chat, of the person and of the bot.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use kernel::pg_enum;
use schema::message_context;

pg_enum! {
    /// The author of a message.
    MessageRole as schema::sql_types::MessageRole { User = "user", Assistant = "assistant", System = "system" }
}

/// Stores a message for the memory of later readings.
///
/// # Errors
/// Those of the database.
pub async fn remember(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
    role: MessageRole,
    content: &str,
) -> QueryResult<()> {
    diesel::insert_into(message_context::table)
        .values((
            message_context::user_id.eq(user_id),
            message_context::message_id.eq(message_id),
            message_context::role.eq(role),
            message_context::content.eq(content),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Notes that a message of a person is about a reading, and goes with it.
///
/// # Errors
/// Those of the database.
pub async fn attach(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
    analysis_id: Uuid,
) -> QueryResult<()> {
    let said = message_context::table
        .filter(message_context::user_id.eq(user_id))
        .filter(message_context::message_id.eq(message_id));
    diesel::update(said)
        .set(message_context::analysis_id.eq(analysis_id))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Forgets a message of a person: they have changed it.
///
/// # Errors
/// Those of the database.
pub async fn forget(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
) -> QueryResult<()> {
    let said = message_context::table
        .filter(message_context::user_id.eq(user_id))
        .filter(message_context::message_id.eq(message_id));
    diesel::delete(said).execute(conn).await.map(|_| ())
}

/// Old rows (see [`jobs::prune`]): all but the last 20 messages of each
/// person (design document, section 3.3), and those of more than 90 days.
pub const PRUNE: &[&str] = &[
    "DELETE FROM message_context WHERE id IN (
         SELECT id FROM message_context WHERE created_at < now() - interval '90 days' LIMIT $1)",
    "DELETE FROM message_context WHERE id IN (
         SELECT old.id
         FROM (SELECT user_id FROM message_context GROUP BY user_id HAVING count(*) > 20) AS busy
         CROSS JOIN LATERAL (
             SELECT id FROM message_context WHERE user_id = busy.user_id
             ORDER BY created_at DESC, id DESC OFFSET 20) AS old
         LIMIT $1)",
];
