//! What the bot expects of a person next: what they have chosen by a button before they send the photo or
//! the words that belong to it. One row a person, for a day; a later choice takes its place.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use readings::model::FocusArea;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use schema::dialogues;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Expects {
    /// A photo, to be read with regard to this.
    Photo { focus_area: FocusArea },
    /// A question about this reading.
    Question { analysis_id: Uuid },
    /// A request to the operators.
    Request,
}

/// Remembers what is expected.
///
/// # Errors
/// Those of the database.
pub async fn expect(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    expects: Expects,
) -> QueryResult<()> {
    let expects = serde_json::to_value(expects)
        .map_err(|why| diesel::result::Error::SerializationError(why.into()))?;
    let row = (
        dialogues::user_id.eq(user_id),
        dialogues::expects.eq(expects),
    );
    diesel::insert_into(dialogues::table)
        .values(row.clone())
        .on_conflict(dialogues::user_id)
        .do_update()
        .set((row.1, dialogues::chosen_at.eq(diesel::dsl::now)))
        .execute(conn)
        .await
        .map(|_| ())
}

/// What is expected of a person; it stays so.
///
/// # Errors
/// Those of the database.
pub async fn expected(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Option<Expects>> {
    let row = dialogues::table.find(user_id).select(dialogues::expects);
    let found: Option<serde_json::Value> = row.first(conn).await.optional()?;
    // What a later release has written is none of ours.
    Ok(found.and_then(|expects| serde_json::from_value(expects).ok()))
}

/// The focus area that a person has chosen for the next photo; it stays so.
///
/// # Errors
/// Those of the database.
pub async fn photo_focus(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
) -> QueryResult<Option<FocusArea>> {
    Ok(match expected(conn, user_id).await? {
        Some(Expects::Photo { focus_area }) => Some(focus_area),
        _ => None,
    })
}

/// Nothing is expected any more. Returns whether something was.
///
/// # Errors
/// Those of the database.
pub async fn forget(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<bool> {
    let deleted = diesel::delete(dialogues::table.find(user_id))
        .execute(conn)
        .await?;
    Ok(deleted == 1)
}

/// Old rows (see [`jobs::prune`]): choices of yesterday.
pub const PRUNE: &[&str] = &["DELETE FROM dialogues WHERE user_id IN (
         SELECT user_id FROM dialogues WHERE chosen_at < now() - interval '1 day' LIMIT $1)"];
