//! SQL over `analysis_history`. Each function is one statement for the caller's transaction.

use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::json;
use uuid::Uuid;

use crate::facts;
use crate::model::{Analysis, AnalysisStatus, FocusArea, Reading, Steps, Vision};
use kernel::error::ErrorCode;
use money::meters::model::Unit;
use money::subscriptions::model::SubscriptionTier;
use schema::{analysis_history as analyses, meters, users};

/// One reading, of `owner` (a row of `users`) if one is given.
///
/// # Errors
/// `NotFound`, or those of the database.
pub async fn by_id(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    owner: Option<Uuid>,
) -> QueryResult<Analysis> {
    let one = analyses::table.find(id).select(Analysis::as_select());
    match owner {
        None => one.first(conn).await,
        Some(owner) => one.filter(analyses::user_id.eq(owner)).first(conn).await,
    }
}

/// The revisions of those of `ids` that exist.
///
/// # Errors
/// Those of the database.
pub async fn revisions(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> QueryResult<Vec<(Uuid, i32)>> {
    analyses::table
        .filter(analyses::id.eq_any(ids))
        .select((analyses::id, analyses::revision))
        .load(conn)
        .await
}

/// The readings among `ids`.
///
/// # Errors
/// Those of the database.
pub async fn by_ids(conn: &mut AsyncPgConnection, ids: &[Uuid]) -> QueryResult<Vec<Analysis>> {
    analyses::table
        .filter(analyses::id.eq_any(ids))
        .select(Analysis::as_select())
        .load(conn)
        .await
}

/// One reading as its steps need it; `None` once it was deleted.
///
/// # Errors
/// Those of the database.
pub async fn steps(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Steps>> {
    analyses::table
        .find(id)
        .select(Steps::as_select())
        .first(conn)
        .await
        .optional()
}

/// Those of `ids` that are readings.
///
/// # Errors
/// Those of the database.
pub async fn existing(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> QueryResult<std::collections::HashSet<Uuid>> {
    let found: Vec<Uuid> = analyses::table
        .filter(analyses::id.eq_any(ids))
        .select(analyses::id)
        .load(conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// The person of a reading, if they have withdrawn their consent.
///
/// # Errors
/// Those of the database.
pub async fn withdrawn(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Option<Uuid>> {
    analyses::table
        .inner_join(users::table)
        .filter(analyses::id.eq(id))
        .filter(people::users::queries::has_withdrawn())
        .select(users::id)
        .first(conn)
        .await
        .optional()
}

/// Counts an attempt of a step and returns the reading; `None` if it has ended or was deleted, so that
/// there is nothing to do. A failed reading is resumed if an operator has redriven the job of its step.
///
/// # Errors
/// Those of the database.
pub async fn begin_step(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    redriven: bool,
) -> QueryResult<Option<Steps>> {
    if redriven {
        revive(conn, id).await?;
    }
    diesel::update(analyses::table.find(id))
        .filter(analyses::status.eq_any([AnalysisStatus::Pending, AnalysisStatus::Processing]))
        .set((
            analyses::status.eq(AnalysisStatus::Processing),
            analyses::attempts.eq(analyses::attempts + 1),
        ))
        .returning(Steps::as_returning())
        .get_result(conn)
        .await
        .optional()
}

/// Resumes a failed reading and forgets the delivery of its failure.
async fn revive(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(analyses::table.find(id))
        .filter(analyses::status.eq(AnalysisStatus::Failed))
        .set((
            analyses::status.eq(AnalysisStatus::Processing),
            analyses::error_code.eq(None::<String>),
            analyses::completed_at.eq(None::<chrono::DateTime<chrono::Utc>>),
            analyses::delivered_at.eq(None::<chrono::DateTime<chrono::Utc>>),
            analyses::delivery_message_ids.eq(Vec::<i64>::new()),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Stores the key of the photo. Returns whether the reading is still under way: if not, the caller deletes
/// the photo.
///
/// # Errors
/// Those of the database.
pub async fn store_original(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    key: &str,
    size_bytes: usize,
) -> QueryResult<bool> {
    let size = i32::try_from(size_bytes).unwrap_or(i32::MAX);
    let changed = diesel::update(analyses::table.find(id))
        .filter(analyses::status.eq(AnalysisStatus::Processing))
        .set((
            analyses::image_url.eq(key),
            analyses::image_size_bytes.eq(size),
        ))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

/// Stores the keys of the picture for the AI and of the thumbnail. Returns whether the reading is still
/// under way: if not, the caller deletes both.
///
/// # Errors
/// Those of the database.
pub async fn store_processed(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    key: &str,
    thumbnail: &str,
) -> QueryResult<bool> {
    let changed = diesel::update(analyses::table.find(id))
        .filter(analyses::status.eq(AnalysisStatus::Processing))
        .set((
            analyses::processed_key.eq(key),
            analyses::thumbnail_key.eq(thumbnail),
        ))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

/// Stores the result of the vision step.
///
/// # Errors
/// Those of the database.
pub async fn store_vision(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    vision: &Vision,
    tokens: Option<u32>,
) -> QueryResult<()> {
    diesel::update(analyses::table.find(id))
        .set((
            analyses::vision.eq(json!(vision)),
            analyses::tokens_used.eq(count(tokens)),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Stores the text of a reading and completes it. Its unit is given back before, if it is.
///
/// # Errors
/// Those of the database.
pub async fn store_reading(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    reading: &Reading,
    model: &str,
    tokens: Option<u32>,
) -> QueryResult<()> {
    use diesel::dsl::sql;
    use diesel::sql_types::{Integer, Nullable};
    let model: String = model.chars().take(100).collect();
    let changed = diesel::update(analyses::table.find(id))
        // The person may have withdrawn their consent meanwhile.
        .filter(analyses::status.ne(AnalysisStatus::Canceled))
        .set((
            analyses::analysis.eq(json!(reading)),
            analyses::model_used.eq(model),
            analyses::tokens_used.eq(sql::<Nullable<Integer>>("COALESCE(tokens_used, 0) + ")
                .bind::<Integer, _>(count(tokens).unwrap_or(0))),
            analyses::processing_time_ms.eq(sql::<Nullable<Integer>>(
                "LEAST(EXTRACT(EPOCH FROM now() - created_at) * 1000, 2147483647)::INTEGER",
            )),
            analyses::status.eq(AnalysisStatus::Completed),
            analyses::completed_at.eq(now),
        ))
        .execute(conn)
        .await?;
    match changed {
        0 => Ok(()),
        _ => facts::ended(conn, id).await,
    }
}

/// Removes the words that a reading was asked for with.
///
/// # Errors
/// Those of the database.
pub async fn forget_words(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(analyses::table.find(id))
        .filter(analyses::user_text.is_not_null())
        .set(analyses::user_text.eq(""))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Notes what a question is about, so that its answer goes with that reading. Does nothing if that was
/// deleted meanwhile.
///
/// # Errors
/// Those of the database.
pub async fn set_about(conn: &mut AsyncPgConnection, id: Uuid, about: Uuid) -> QueryResult<()> {
    use diesel::sql_types::Uuid as SqlUuid;
    diesel::sql_query(
        "UPDATE analysis_history SET about_id = about.id
         FROM (SELECT id FROM analysis_history WHERE id = $2 FOR KEY SHARE) AS about
         WHERE analysis_history.id = $1 AND about_id IS DISTINCT FROM about.id",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(about)
    .execute(conn)
    .await
    .map(|_| ())
}

/// Marks a reading as failed unless it has ended. Returns whether it did.
///
/// # Errors
/// Those of the database.
pub async fn fail(conn: &mut AsyncPgConnection, id: Uuid, code: ErrorCode) -> QueryResult<bool> {
    let changed = diesel::update(analyses::table.find(id))
        .filter(analyses::status.eq_any([AnalysisStatus::Pending, AnalysisStatus::Processing]))
        .set((
            analyses::status.eq(AnalysisStatus::Failed),
            analyses::error_code.eq(code.as_str()),
            analyses::completed_at.eq(now),
        ))
        .execute(conn)
        .await?;
    Ok(changed == 1)
}

/// Focus area and tier of a reading, for the metrics.
///
/// # Errors
/// Those of the database.
pub async fn labels(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> QueryResult<(FocusArea, SubscriptionTier)> {
    let found: (FocusArea, Option<SubscriptionTier>) = analyses::table
        .left_join(
            meters::table.on(meters::account_id
                .eq(analyses::user_id)
                .and(meters::unit.eq(Unit::Analyses.as_str()))),
        )
        .filter(analyses::id.eq(id))
        .select((analyses::focus_area, meters::tier.nullable()))
        .first(conn)
        .await?;
    Ok((found.0, found.1.unwrap_or(SubscriptionTier::Free)))
}

fn count(tokens: Option<u32>) -> Option<i32> {
    tokens.map(|tokens| i32::try_from(tokens).unwrap_or(i32::MAX))
}
