//! The archive: what old readings say stands in partitions of `analysis_archive`, one a month by UTC, that can be detached.
//! The row of a reading stays in `analysis_history`, because all refer to it, with its first paragraph and `archived_at`.
//! See `docs/adr/0023-archive.md`.

use chrono::{DateTime, Datelike, Months, NaiveTime, Utc};
use diesel::QueryableByName;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use schema::analysis_history as analyses;

/// The most readings that one statement moves.
const BATCH: i64 = 500;

/// What a reading says, wherever it stands. Only of a reading in the archive this is one look more.
pub(crate) fn text() -> SqlLiteral<Jsonb> {
    sql(
        "CASE WHEN analysis_history.archived_at IS NULL THEN analysis_history.analysis
         ELSE archived_text(analysis_history.id, analysis_history.created_at, analysis_history.analysis) END",
    )
}

/// What the AI saw in the cup of a reading, wherever it stands.
pub(crate) fn vision() -> SqlLiteral<Nullable<Jsonb>> {
    sql(
        "CASE WHEN analysis_history.archived_at IS NULL THEN analysis_history.vision
         ELSE archived_vision(analysis_history.id, analysis_history.created_at) END",
    )
}

/// Whether what the AI saw in the cup of a reading is still there.
pub(crate) fn is_seen() -> SqlLiteral<Bool> {
    sql(
        "CASE WHEN analysis_history.archived_at IS NULL THEN analysis_history.vision
         ELSE archived_vision(analysis_history.id, analysis_history.created_at) END IS NOT NULL",
    )
}

/// The moment of the oldest reading of these times that is not in the archive.
///
/// # Errors
/// Those of the database.
pub async fn oldest(
    conn: &mut AsyncPgConnection,
    from: DateTime<Utc>,
    before: DateTime<Utc>,
) -> QueryResult<Option<DateTime<Utc>>> {
    // As the condition of `idx_analysis_unarchived`: a state that is bound would not be known to meet it.
    analyses::table
        .filter(sql::<Bool>("archived_at IS NULL AND status = 'completed'"))
        .filter(analyses::created_at.ge(from))
        .filter(analyses::created_at.lt(before))
        .order(analyses::created_at)
        .select(analyses::created_at)
        .first(conn)
        .await
        .optional()
}

/// When the month after that of a moment begins.
pub fn next_month(moment: DateTime<Utc>) -> DateTime<Utc> {
    let next = moment.date_naive().with_day(1);
    let next = next.and_then(|first| first.checked_add_months(Months::new(1)));
    next.map_or(DateTime::<Utc>::MAX_UTC, |first| {
        first.and_time(NaiveTime::MIN).and_utc()
    })
}

/// Moves up to 500 readings of the month of `oldest`, from then on and from before a moment; returns how many. One
/// statement: a reading is in one place, whatever dies. Those that others hold stay for the next run. One that was imported
/// has all its words in `intro`.
///
/// # Errors
/// Those of the database; that the month has no partition.
pub async fn move_some(
    conn: &mut AsyncPgConnection,
    oldest: DateTime<Utc>,
    before: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::sql_query(
        "WITH old AS (
             SELECT id, created_at, analysis, vision FROM analysis_history
             WHERE archived_at IS NULL AND status = 'completed' AND created_at >= $1::timestamptz
               AND created_at < LEAST($2::timestamptz,
                   (date_trunc('month', $1::timestamptz AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC')
             ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED),
         moved AS (
             INSERT INTO analysis_archive (analysis_id, created_at, analysis, vision)
             SELECT id, created_at, analysis, vision FROM old)
         UPDATE analysis_history SET archived_at = now(),
             analysis = jsonb_build_object('intro', split_part(old.analysis ->> 'intro', E'\\n\\n', 1),
                 'sections', '[]'::jsonb),
             vision = CASE WHEN old.vision IS NOT NULL THEN '{}'::jsonb END
         FROM old WHERE analysis_history.id = old.id",
    )
    .bind::<Timestamptz, _>(oldest)
    .bind::<Timestamptz, _>(before)
    .bind::<BigInt, _>(BATCH)
    .execute(conn)
    .await
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Makes the partition of the month of a moment; returns its name if it was missing.
///
/// # Errors
/// Those of the database; that the readings are in use for too long.
pub async fn make_month(
    conn: &mut AsyncPgConnection,
    moment: DateTime<Utc>,
) -> QueryResult<Vec<String>> {
    let make = diesel::sql_query("SELECT name FROM archive_make_month($1) AS made (name)");
    Ok(names(make.bind::<Timestamptz, _>(moment).load(conn).await?))
}

/// Drops the partitions that ended more than `kept` months ago; returns their names. Of their readings the first
/// paragraph is left.
///
/// # Errors
/// Those of the database; that the tables are in use for too long.
pub async fn drop_old(conn: &mut AsyncPgConnection, kept: i32) -> QueryResult<Vec<String>> {
    let drop = diesel::sql_query("SELECT name FROM archive_drop_months($1) AS dropped (name)");
    Ok(names(drop.bind::<Integer, _>(kept).load(conn).await?))
}

fn names(rows: Vec<Name>) -> Vec<String> {
    rows.into_iter().map(|row| row.name).collect()
}
