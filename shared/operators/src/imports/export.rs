//! What was made here since a moment, for an older system that takes over again.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

/// A person with what was made here.
#[derive(Clone, Debug, QueryableByName)]
pub struct Exported {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// `telegram_id`, `username`, `first_name`, `created_at`, `subscription_tier`, `paid_until`, and `analyses`: a list of
    /// `created_at`, `focus_area` and `result`, a plain text.
    #[diesel(sql_type = Jsonb)]
    pub person: Value,
}

/// Persons with a reading of their own here, who came since then, or whose plan was changed since then.
const PAGE: &str = "SELECT users.id, jsonb_build_object('telegram_id', telegram_id, 'username', username,
        'first_name', first_name, 'created_at', users.created_at, 'subscription_tier', current_tier(users.id),
        'paid_until', plan.current_period_end, 'analyses', COALESCE(own.analyses, '[]')) AS person
    FROM users
    LEFT JOIN subscriptions AS plan ON plan.user_id = users.id
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(jsonb_build_object('created_at', one.created_at, 'focus_area', focus_area,
            'result', concat_ws(E'\\n\\n', said.analysis ->> 'intro', (
                SELECT string_agg(concat_ws(E'\\n', section ->> 'title', section ->> 'content'), E'\\n\\n' ORDER BY place)
                FROM jsonb_array_elements(said.analysis -> 'sections') WITH ORDINALITY AS parts (section, place))))
            ORDER BY one.created_at) AS analyses
        FROM analysis_history AS one
        CROSS JOIN LATERAL (
            SELECT CASE WHEN one.archived_at IS NULL THEN one.analysis
                ELSE archived_text(one.id, one.created_at, one.analysis) END AS analysis OFFSET 0) AS said
        WHERE one.user_id = users.id AND status = 'completed' AND one.created_at >= $1
          AND NOT EXISTS (SELECT FROM imported_readings WHERE analysis_id = one.id)) AS own
    WHERE telegram_id IS NOT NULL AND users.id > $2
      AND (own.analyses IS NOT NULL
        OR users.created_at >= $1
        OR EXISTS (SELECT FROM subscription_history AS line
            WHERE line.user_id = users.id AND happened_at >= $1 AND action <> 'plan_imported'))
    ORDER BY users.id LIMIT $3";

/// Up to `limit` persons behind an id, in the order of their ids; the nil id is before all.
///
/// # Errors
/// Those of the database.
pub async fn page(
    conn: &mut AsyncPgConnection,
    since: DateTime<Utc>,
    after: Uuid,
    limit: i64,
) -> QueryResult<Vec<Exported>> {
    diesel::sql_query(PAGE)
        .bind::<Timestamptz, _>(since)
        .bind::<SqlUuid, _>(after)
        .bind::<BigInt, _>(limit)
        .load(conn)
        .await
}
