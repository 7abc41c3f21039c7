//! People who stay away: their data is deleted after two years without a reading, a message, a payment or a
//! consent, and the bot tells them a month before.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

/// A person who stays away.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Absent {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Also the id of their chat with the bot.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub telegram_id: Option<i64>,
}

/// People who were not seen for 23 months, and not told since; marks them as told.
pub const TO_TELL: &str = "
    UPDATE users SET absence_told_at = now() FROM (
        SELECT id AS absent FROM users WHERE last_seen(id) < now() - interval '23 months'
            AND (absence_told_at IS NULL OR absence_told_at < last_seen(id))
        LIMIT $1 FOR UPDATE SKIP LOCKED) AS found
    WHERE id = absent RETURNING id, telegram_id";

/// People who were told a month ago, and not seen for 24 months.
pub const TO_DELETE: &str = "
    SELECT id, telegram_id FROM users WHERE absence_told_at < now() - interval '1 month'
        AND last_seen(id) < LEAST(absence_told_at, now() - interval '24 months')
    LIMIT $1";

/// Up to `limit` people by one of the statements above.
///
/// # Errors
/// Those of the database.
pub async fn absent(
    conn: &mut AsyncPgConnection,
    statement: &str,
    limit: i64,
) -> QueryResult<Vec<Absent>> {
    diesel::sql_query(statement)
        .bind::<BigInt, _>(limit)
        .load(conn)
        .await
}
