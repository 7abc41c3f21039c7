//! What a stored session has proved, and when. SQL over `sessions`.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Method;
use super::stored::Row;
use schema::sessions;

/// Notes that the person of a session was proved just now: once more, or by a second factor (`second`).
///
/// # Errors
/// Those of the database.
pub async fn prove(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    second: Option<Method>,
    now: DateTime<Utc>,
) -> QueryResult<Row> {
    let row = diesel::update(sessions::table.find(id));
    match second {
        Some(method) => {
            row.set((
                sessions::proved_at.eq(now),
                sessions::second_at.eq(now),
                sessions::second_method.eq(method.as_str()),
            ))
            .returning(Row::as_returning())
            .get_result(conn)
            .await
        }
        None => {
            row.set(sessions::proved_at.eq(now))
                .returning(Row::as_returning())
                .get_result(conn)
                .await
        }
    }
}

/// What the sessions of a person have proved with a second factor counts no more: they have none.
///
/// # Errors
/// Those of the database.
pub async fn forget_second(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<()> {
    let proved = sessions::table
        .filter(sessions::user_id.eq(user_id))
        .filter(sessions::second_at.is_not_null());
    diesel::update(proved)
        .set((
            sessions::second_at.eq(None::<DateTime<Utc>>),
            sessions::second_method.eq(None::<String>),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// When the person of a session was last proved, and by a second factor.
///
/// # Errors
/// Those of the database.
pub async fn of(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> QueryResult<Option<(DateTime<Utc>, Option<DateTime<Utc>>)>> {
    let row = sessions::table.find(id);
    let row = row.select((sessions::proved_at, sessions::second_at));
    row.first(conn).await.optional()
}
