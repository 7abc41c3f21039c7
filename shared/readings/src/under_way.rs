//! Readings of photos that are being made, and what a person can still change of them: until the AI has seen
//! the cup, the focus area and the words that the text will be written for.

use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;
use vendors::codes::NSFW_CONTENT_DETECTED;

use crate::model::{AnalysisStatus, FocusArea, InputType};
use crate::{facts, forget, history, unit};
use schema::analysis_history as analyses;

const UNDER_WAY: [AnalysisStatus; 2] = [AnalysisStatus::Pending, AnalysisStatus::Processing];

/// The photo of a person's chat that is being read now: the oldest.
///
/// # Errors
/// Those of the database.
pub async fn oldest(conn: &mut AsyncPgConnection, user_id: Uuid) -> QueryResult<Option<Uuid>> {
    analyses::table
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::chat_id.is_not_null())
        .filter(analyses::input_type.eq(InputType::Image))
        .filter(analyses::status.eq_any(UNDER_WAY))
        .order((analyses::created_at, analyses::id))
        .select(analyses::id)
        .first(conn)
        .await
        .optional()
}

/// Changes what a reading of a person is about. `false`: the AI has seen the cup already, or there is no such
/// reading.
///
/// # Errors
/// Those of the database.
pub async fn set_focus(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    id: Uuid,
    focus_area: FocusArea,
) -> QueryResult<bool> {
    let changed = diesel::update(analyses::table.find(id))
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::status.eq_any(UNDER_WAY))
        .filter(analyses::input_type.eq(InputType::Image))
        .filter(analyses::vision.is_null())
        .set(analyses::focus_area.eq(focus_area))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

/// Gives the reading of a message these words, or, with `only_first`, if it has none. Returns its id if that
/// was in time.
///
/// # Errors
/// Those of the database.
pub async fn set_words(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
    words: Option<&str>,
    only_first: bool,
) -> QueryResult<Option<Uuid>> {
    diesel::update(analyses::table)
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::message_id.eq(message_id))
        .filter(analyses::chat_id.is_not_null())
        .filter(analyses::status.eq_any(UNDER_WAY))
        .filter(analyses::input_type.eq(InputType::Image))
        .filter(analyses::vision.is_null())
        .filter(
            analyses::user_text
                .is_null()
                .or((!only_first).into_sql::<Bool>()),
        )
        .set(analyses::user_text.eq(words))
        .returning(analyses::id)
        .get_result(conn)
        .await
        .optional()
}

/// A reading whose cup the AI has seen.
#[derive(Clone, Debug, Queryable)]
pub struct Seen {
    pub id: Uuid,
    /// The words that it is written for.
    pub words: Option<String>,
}

/// The reading of the photo of a message, if the AI has seen the cup.
///
/// # Errors
/// Those of the database.
pub async fn seen(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
) -> QueryResult<Option<Seen>> {
    let ended_without = [AnalysisStatus::Failed, AnalysisStatus::Canceled];
    analyses::table
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::message_id.eq(message_id))
        .filter(analyses::chat_id.is_not_null())
        .filter(analyses::input_type.eq(InputType::Image))
        .filter(analyses::status.ne_all(ended_without))
        .filter(analyses::vision.is_not_null())
        .select((analyses::id, analyses::user_text))
        .first(conn)
        .await
        .optional()
}

/// Whether a reading of a person is being made.
///
/// # Errors
/// Those of the database.
pub async fn is(conn: &mut AsyncPgConnection, user_id: Uuid, id: Uuid) -> QueryResult<bool> {
    let mine = analyses::table
        .find(id)
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::status.eq_any(UNDER_WAY));
    diesel::select(diesel::dsl::exists(mine))
        .get_result(conn)
        .await
}

/// Gives another reading of a cup, which was accepted in the same transaction, the words that it is for.
///
/// # Errors
/// Those of the database.
pub async fn give_words(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
    words: &str,
) -> QueryResult<()> {
    diesel::update(analyses::table)
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::message_id.eq(message_id))
        .filter(analyses::chat_id.is_not_null())
        .filter(analyses::status.eq(AnalysisStatus::Pending))
        .set(analyses::user_text.eq(words))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Ends the reading of a photo without a text, and gives its unit back: of one for which something was paid, a few
/// times a day. Returns its id if it was under way.
///
/// # Errors
/// Those of the database.
pub async fn end(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    message_id: i64,
) -> QueryResult<Option<Uuid>> {
    let found: Option<(Uuid, AnalysisStatus)> = analyses::table
        .filter(analyses::user_id.eq(user_id))
        .filter(analyses::message_id.eq(message_id))
        .filter(analyses::chat_id.is_not_null())
        .filter(analyses::input_type.eq(InputType::Image))
        .filter(analyses::status.eq_any(UNDER_WAY))
        .select((analyses::id, analyses::status))
        .for_update()
        .first(conn)
        .await
        .optional()?;
    let Some((id, status)) = found else {
        return Ok(None);
    };
    history::cancel(conn, id).await?;
    match status {
        AnalysisStatus::Pending => unit::give_back(conn, id).await?,
        _ => unit::give_back_for(conn, id, NSFW_CONTENT_DETECTED).await?,
    };
    facts::ended(conn, id).await?;
    forget::end_jobs(conn, user_id, &[id]).await?;
    Ok(Some(id))
}
