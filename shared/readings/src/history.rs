//! One person's readings: the list, and what the person can do to each.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::model::{Analysis, AnalysisStatus, FocusArea};
use schema::analysis_history as analyses;

/// A position in the list: right after the reading of this time and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub created_at: DateTime<Utc>,
    pub id: Uuid,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// After so many readings. Postgres walks over all of them.
    Offset(i64),
    /// After a reading. Equally fast anywhere in the list.
    After(Cursor),
}

/// Which of a person's readings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    pub focus_area: Option<FocusArea>,
    /// Each of these stands in the reading, in its person's words, or in a question about it.
    pub words: Vec<String>,
    /// Without the answers to questions about a reading.
    pub readings_alone: bool,
}

type Filtered<'a> = analyses::BoxedQuery<'a, Pg>;

impl Filter {
    fn of(&self, user_id: Uuid) -> Filtered<'_> {
        let mut all = analyses::table
            .filter(analyses::user_id.eq(user_id))
            .into_boxed();
        if let Some(focus_area) = self.focus_area {
            all = all.filter(analyses::focus_area.eq(focus_area));
        }
        if self.readings_alone {
            all = all.filter(analyses::about_id.is_null());
        }
        if !self.words.is_empty() {
            let mentions = sql::<Bool>(
                "reading_mentions(analysis_history.id, analysis_history.user_text,
                 CASE WHEN analysis_history.archived_at IS NULL THEN analysis_history.analysis
                 ELSE archived_text(analysis_history.id, analysis_history.created_at, analysis_history.analysis) END, ",
            );
            all = all.filter(mentions.bind::<Array<Text>, _>(&self.words).sql(")"));
        }
        all
    }
}

/// Up to `limit` readings of a person, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    filter: &Filter,
    start: Start,
    limit: i64,
) -> QueryResult<Vec<Analysis>> {
    let query = filter
        .of(user_id)
        .order((analyses::created_at.desc(), analyses::id.desc()))
        .limit(limit);
    let query = match start {
        Start::Offset(offset) => query.offset(offset),
        // The second filter alone would be correct; with the first the index finds the position.
        Start::After(cursor) => query
            .filter(analyses::created_at.le(cursor.created_at))
            .filter(
                analyses::created_at
                    .lt(cursor.created_at)
                    .or(analyses::id.lt(cursor.id)),
            ),
    };
    query.select(Analysis::as_select()).load(conn).await
}

/// How many readings a person has.
///
/// # Errors
/// Those of the database.
pub async fn count(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    filter: &Filter,
) -> QueryResult<i64> {
    filter.of(user_id).count().get_result(conn).await
}

/// A reading before a change, locked, so that the audit log has its true old values.
///
/// # Errors
/// `NotFound`, or those of the database.
pub async fn locked(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    owner: Option<Uuid>,
) -> QueryResult<Analysis> {
    let one = analyses::table
        .find(id)
        .select(Analysis::as_select())
        .for_update();
    match owner {
        None => one.first(conn).await,
        Some(owner) => one.filter(analyses::user_id.eq(owner)).first(conn).await,
    }
}

/// Stores a person's rating of a reading.
///
/// # Errors
/// Those of the database.
pub async fn rate(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    rating: i16,
    feedback: Option<&str>,
) -> QueryResult<()> {
    diesel::update(analyses::table.find(id))
        .set((
            analyses::user_rating.eq(rating),
            analyses::feedback_text.eq(feedback),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Cancels a reading that no step has begun.
///
/// # Errors
/// Those of the database.
pub async fn cancel(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(analyses::table.find(id))
        .set((
            analyses::status.eq(AnalysisStatus::Canceled),
            analyses::completed_at.eq(diesel::dsl::now),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}
