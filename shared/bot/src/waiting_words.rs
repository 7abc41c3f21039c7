//! Words of a person that wait: for the reading that is under way, or for a press of the button that has them
//! answered.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use schema::waiting_words;

/// What waited, as one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The last message.
    pub message_id: i64,
    pub words: String,
}

/// Keeps a message: about this reading, or about the next one.
///
/// # Errors
/// Those of the database.
pub async fn keep(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
    words: &str,
    about: Option<Uuid>,
) -> QueryResult<()> {
    let changed = (
        waiting_words::words.eq(words),
        waiting_words::about_id.eq(about),
    );
    let row = (
        waiting_words::user_id.eq(user_id),
        waiting_words::message_id.eq(message_id),
        changed,
    );
    diesel::insert_into(waiting_words::table)
        .values(row)
        .on_conflict((waiting_words::user_id, waiting_words::message_id))
        .do_update()
        .set(changed)
        .execute(conn)
        .await
        .map(|_| ())
}

/// Takes the words about this reading, or about the next one.
///
/// # Errors
/// Those of the database.
pub async fn take(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    about: Option<Uuid>,
) -> QueryResult<Option<Waiting>> {
    let mine = waiting_words::table
        .filter(waiting_words::user_id.eq(user_id))
        .filter(waiting_words::is_caption.eq(false))
        .filter(waiting_words::about_id.is_not_distinct_from(about));
    let mut rows: Vec<(i64, String)> = diesel::delete(mine)
        .returning((waiting_words::message_id, waiting_words::words))
        .get_results(conn)
        .await?;
    rows.sort_unstable();
    let last = rows.last().map(|(id, _)| *id);
    let words: Vec<String> = rows.into_iter().map(|(_, words)| words).collect();
    Ok(last.map(|message_id| Waiting {
        message_id,
        words: words.join("\n"),
    }))
}

/// Keeps other words for a photo whose cup was seen already: this reading is of it. Returns whether none waited
/// for it.
///
/// # Errors
/// Those of the database.
pub async fn keep_caption(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
    words: &str,
    about: Uuid,
) -> QueryResult<bool> {
    if revise(conn, user_id, message_id, words).await? {
        return Ok(false);
    }
    let row = (
        waiting_words::user_id.eq(user_id),
        waiting_words::message_id.eq(message_id),
        waiting_words::words.eq(words),
        waiting_words::about_id.eq(about),
        waiting_words::is_caption.eq(true),
    );
    let kept = diesel::insert_into(waiting_words::table)
        .values(row)
        .on_conflict_do_nothing();
    Ok(kept.execute(conn).await? == 1)
}

/// Takes the other words for the photo of this reading.
///
/// # Errors
/// Those of the database.
pub async fn take_caption(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    about: Uuid,
) -> QueryResult<Option<Waiting>> {
    let mine = waiting_words::table
        .filter(waiting_words::user_id.eq(user_id))
        .filter(waiting_words::is_caption.eq(true))
        .filter(waiting_words::about_id.eq(about));
    let mut rows: Vec<(i64, String)> = diesel::delete(mine)
        .returning((waiting_words::message_id, waiting_words::words))
        .get_results(conn)
        .await?;
    Ok(rows
        .pop()
        .map(|(message_id, words)| Waiting { message_id, words }))
}

/// Puts other words into the place of those of a message. Returns whether they wait.
///
/// # Errors
/// Those of the database.
pub async fn revise(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
    words: &str,
) -> QueryResult<bool> {
    let changed = diesel::update(waiting_words::table.find((user_id, message_id)))
        .set(waiting_words::words.eq(words))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

/// Whether words wait for the next reading.
///
/// # Errors
/// Those of the database.
pub async fn any(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let mine = waiting_words::table
        .filter(waiting_words::user_id.eq(user_id))
        .filter(waiting_words::about_id.is_null());
    diesel::select(diesel::dsl::exists(mine))
        .get_result(conn)
        .await
}

/// Forgets all words of a person that wait. Returns whether there were any.
///
/// # Errors
/// Those of the database.
pub async fn forget(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let mine = waiting_words::table.filter(waiting_words::user_id.eq(user_id));
    Ok(diesel::delete(mine).execute(conn).await? > 0)
}

/// Forgets the words about this reading, or about the next one. Returns whether there were any.
///
/// # Errors
/// Those of the database.
pub async fn forget_about(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    about: Option<Uuid>,
) -> QueryResult<bool> {
    let mine = waiting_words::table
        .filter(waiting_words::user_id.eq(user_id))
        .filter(waiting_words::is_caption.eq(false))
        .filter(waiting_words::about_id.is_not_distinct_from(about));
    Ok(diesel::delete(mine).execute(conn).await? > 0)
}

/// Forgets the words of one message that wait.
///
/// # Errors
/// Those of the database.
pub async fn forget_one(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
) -> QueryResult<()> {
    diesel::delete(waiting_words::table.find((user_id, message_id)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Old rows (see [`jobs::prune`]): words of yesterday.
pub const PRUNE: &[&str] = &["DELETE FROM waiting_words WHERE (user_id, message_id) IN (
         SELECT user_id, message_id FROM waiting_words
         WHERE created_at < now() - interval '1 day' LIMIT $1)"];
