//! One person's readings: the list, and what they can do to each.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::model::{Analysis, AnalysisStatus, FocusArea};
use schema::analysis_history as analyses;

/// A place in a list: everything after the reading of this time and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub created_at: DateTime<Utc>,
    pub id: Uuid,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// After so many readings. The database walks over all of them.
    Offset(i64),
    /// After a reading. As fast anywhere in the list.
    After(Place),
}

/// Up to `limit` readings of a person, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    focus_area: Option<FocusArea>,
    start: Start,
    limit: i64,
) -> QueryResult<Vec<Analysis>> {
    let mut wanted = analyses::table
        .filter(analyses::user_id.eq(user_id))
        .select(Analysis::as_select())
        .order((analyses::created_at.desc(), analyses::id.desc()))
        .limit(limit)
        .into_boxed();
    if let Some(focus_area) = focus_area {
        wanted = wanted.filter(analyses::focus_area.eq(focus_area));
    }
    wanted = match start {
        Start::Offset(offset) => wanted.offset(offset),
        // The first half alone would do for the answer; with it the index finds the place.
        Start::After(place) => wanted
            .filter(analyses::created_at.le(place.created_at))
            .filter(
                analyses::created_at
                    .lt(place.created_at)
                    .or(analyses::id.lt(place.id)),
            ),
    };
    wanted.load(conn).await
}

/// How many readings a person has.
///
/// # Errors
/// Those of the database.
pub async fn count(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    focus_area: Option<FocusArea>,
) -> QueryResult<i64> {
    let all = analyses::table
        .filter(analyses::user_id.eq(user_id))
        .count();
    match focus_area {
        None => all.get_result(conn).await,
        Some(focus_area) => {
            all.filter(analyses::focus_area.eq(focus_area))
                .get_result(conn)
                .await
        }
    }
}

/// What a person can be asked about a reading before it is changed: locked, so that the audit log
/// tells what really was.
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

/// Writes what a person thinks of a reading.
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

/// Ends a reading that nothing has been done for yet.
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

/// Deletes a reading. Its steps find nothing to do, and its photos are another job's.
///
/// # Errors
/// Those of the database.
pub async fn delete(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::delete(analyses::table.find(id))
        .execute(conn)
        .await
        .map(|_| ())
}
