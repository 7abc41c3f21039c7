//! SQL of an import.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Jsonb, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use schema::{import_quarantine, import_runs};
use serde_json::Value;
use uuid::Uuid;

use super::model::{Here, Reason};

const HERE: &str = "SELECT asked.source_id, users.id AS user_id, came.source_id IS NOT NULL AS is_imported,
        came.user_id AS imported_as, plan.tier, plan.current_period_end AS until,
        came.tier AS brought_tier, came.paid_until AS brought_until,
        EXISTS (SELECT FROM abuse_memory AS memory
            WHERE memory_key = decode(asked.memory_key, 'hex') AND deletions > 0 AND kept_until > now()) AS was_deleted
    FROM jsonb_to_recordset($1) AS asked (source_id bigint, telegram_id bigint, memory_key text)
    LEFT JOIN users USING (telegram_id)
    LEFT JOIN imported_people AS came ON came.source_id = asked.source_id
    LEFT JOIN subscriptions AS plan ON plan.user_id = users.id";

/// What is known of these persons: a list of objects of `source_id`, `telegram_id` and `memory_key` in hex.
pub(super) async fn here(conn: &mut AsyncPgConnection, asked: Value) -> QueryResult<Vec<Here>> {
    let query = diesel::sql_query(HERE).bind::<Jsonb, _>(asked);
    query.load(conn).await
}

/// Locks the meters of readings that these persons have, before their rows: in the order of the product.
pub(super) async fn lock(conn: &mut AsyncPgConnection, people: &[Uuid]) -> QueryResult<()> {
    let query = "SELECT FROM meters WHERE account_id = ANY ($1) AND unit = 'analyses'
        ORDER BY account_id FOR UPDATE";
    diesel::sql_query(query)
        .bind::<Array<SqlUuid>, _>(people)
        .execute(conn)
        .await
        .map(|_| ())
}

/// A person who has come, by their number in the pre-MVP.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub(super) struct Came {
    #[diesel(sql_type = BigInt)]
    pub source_id: i64,
    #[diesel(sql_type = SqlUuid)]
    pub user_id: Uuid,
}

/// Who is here already keeps their names; the earlier of both days is when they came. `last_seen_at` is the import: by it
/// the time runs after which those who stay away are deleted.
const PEOPLE: &str = "WITH asked AS (
        SELECT * FROM jsonb_to_recordset($1) AS one (source_id bigint, telegram_id bigint, username text,
            first_name text, last_name text, created_at timestamptz, tier subscription_tier, until timestamptz)),
    written AS (
        INSERT INTO users (telegram_id, username, first_name, last_name, created_at, last_seen_at)
        SELECT telegram_id, username, first_name, last_name, created_at, $2::timestamptz FROM asked ORDER BY telegram_id
        ON CONFLICT (telegram_id) DO UPDATE SET created_at = LEAST(users.created_at, EXCLUDED.created_at)
        RETURNING id, telegram_id)
    INSERT INTO imported_people (source_id, user_id, tier, paid_until, imported_at)
    SELECT source_id, written.id, tier, until, $2::timestamptz FROM asked JOIN written USING (telegram_id) ORDER BY source_id
    ON CONFLICT (source_id) DO UPDATE SET tier = EXCLUDED.tier, paid_until = EXCLUDED.paid_until
    RETURNING source_id, user_id";

/// Writes persons: a list of objects of the columns above.
pub(super) async fn people(
    conn: &mut AsyncPgConnection,
    asked: Value,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Came>> {
    diesel::sql_query(PEOPLE)
        .bind::<Jsonb, _>(asked)
        .bind::<Timestamptz, _>(now)
        .load(conn)
        .await
}

/// A reading that was deleted here stays deleted: its number is known. It counts as delivered, where it was made.
const READINGS: &str = "WITH asked AS (
        SELECT * FROM jsonb_to_recordset($1) AS one (source_id bigint, user_id uuid, created_at timestamptz, result text)),
    fresh AS (
        INSERT INTO imported_readings (source_id, analysis_id)
        SELECT source_id, gen_random_uuid() FROM asked ORDER BY source_id
        ON CONFLICT (source_id) DO NOTHING RETURNING source_id, analysis_id)
    INSERT INTO analysis_history (id, user_id, input_type, focus_area, analysis, status,
        created_at, completed_at, delivered_at)
    SELECT analysis_id, user_id, 'image', 'general', jsonb_build_object('intro', result, 'sections', '[]'::jsonb),
        'completed', created_at, created_at, created_at
    FROM fresh JOIN asked USING (source_id)";

/// Writes readings: a list of objects of the columns above. Returns how many are new.
pub(super) async fn readings(conn: &mut AsyncPgConnection, asked: Value) -> QueryResult<usize> {
    let query = diesel::sql_query(READINGS).bind::<Jsonb, _>(asked);
    query.execute(conn).await
}

/// Notes why a person is not brought over.
pub(super) async fn quarantine(
    conn: &mut AsyncPgConnection,
    source_id: i64,
    reasons: &[Reason],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let reasons: Vec<&str> = reasons.iter().map(|reason| reason.as_str()).collect();
    let row = (
        import_quarantine::reasons.eq(reasons),
        import_quarantine::noted_at.eq(now),
    );
    diesel::insert_into(import_quarantine::table)
        .values((import_quarantine::source_id.eq(source_id), row.clone()))
        .on_conflict(import_quarantine::source_id)
        .do_update()
        .set(row)
        .execute(conn)
        .await
        .map(|_| ())
}

/// Takes persons out who have come meanwhile.
pub(super) async fn release(conn: &mut AsyncPgConnection, came: &[i64]) -> QueryResult<()> {
    let known = import_quarantine::table.filter(import_quarantine::source_id.eq_any(came));
    diesel::delete(known).execute(conn).await.map(|_| ())
}

/// The run that has not ended and its cursor, or a new one.
pub(super) async fn begin(
    conn: &mut AsyncPgConnection,
    now: DateTime<Utc>,
) -> QueryResult<(Uuid, i64)> {
    let open = import_runs::table
        .filter(import_runs::ended_at.is_null())
        .order(import_runs::started_at.desc())
        .select((import_runs::id, import_runs::cursor));
    if let Some(open) = open.first(conn).await.optional()? {
        return Ok(open);
    }
    let row = (
        import_runs::id.eq(Uuid::now_v7()),
        import_runs::cursor.eq(FIRST),
        import_runs::started_at.eq(now),
    );
    diesel::insert_into(import_runs::table)
        .values(row)
        .returning((import_runs::id, import_runs::cursor))
        .get_result(conn)
        .await
}

/// Before every number.
pub(super) const FIRST: i64 = i64::MIN;

/// Notes how far a run is.
pub(super) async fn advance(
    conn: &mut AsyncPgConnection,
    run: Uuid,
    cursor: i64,
) -> QueryResult<()> {
    diesel::update(import_runs::table.find(run))
        .set(import_runs::cursor.eq(cursor))
        .execute(conn)
        .await
        .map(|_| ())
}

/// Ends a run: the next one begins with the first person.
pub(super) async fn end(
    conn: &mut AsyncPgConnection,
    run: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(import_runs::table.find(run))
        .set(import_runs::ended_at.eq(now))
        .execute(conn)
        .await
        .map(|_| ())
}

/// What all runs have brought.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct Totals {
    #[diesel(sql_type = BigInt)]
    pub imported: i64,
    #[diesel(sql_type = BigInt)]
    pub readings: i64,
    #[diesel(sql_type = BigInt)]
    pub quarantined: i64,
}

/// What all runs have brought.
pub(super) async fn totals(conn: &mut AsyncPgConnection) -> QueryResult<Totals> {
    diesel::sql_query(
        "SELECT (SELECT count(*) FROM imported_people) AS imported,
            (SELECT count(*) FROM imported_readings) AS readings,
            (SELECT count(*) FROM import_quarantine) AS quarantined",
    )
    .get_result(conn)
    .await
}

/// How often a reason stands in the quarantine.
#[derive(Clone, Debug, QueryableByName)]
pub(super) struct Reasons {
    #[diesel(sql_type = Text)]
    pub reason: String,
    #[diesel(sql_type = BigInt)]
    pub people: i64,
}

/// The reasons in the quarantine.
pub(super) async fn reasons(conn: &mut AsyncPgConnection) -> QueryResult<Vec<Reasons>> {
    diesel::sql_query(
        "SELECT reason, count(*) AS people FROM import_quarantine CROSS JOIN unnest(reasons) AS reason
         GROUP BY reason ORDER BY reason",
    )
    .load(conn)
    .await
}
