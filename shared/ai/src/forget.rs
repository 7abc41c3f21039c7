//! Forgets what models were asked and have answered. That a call was made and paid for stays. An open one
//! is closed, so that its answer cannot be stored, and settled at the reserved cost.

use diesel::QueryResult;
use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

macro_rules! forgetting {
    ($more:literal, $which:literal) => {
        concat!(
            "UPDATE paid_calls SET ",
            $more,
            "error = NULL, ended_at = COALESCE(ended_at, now()), subject_id = NULL,
                 cost_micro_usd = COALESCE(cost_micro_usd, reserved_micro_usd),
                 cost_source = CASE WHEN cost_micro_usd IS NULL THEN 'reserved' ELSE cost_source END,
                 answer = CASE WHEN state = 'answered' THEN 'null'::jsonb END,
                 state = CASE WHEN state IN ('intent', 'unknown') THEN 'useless' ELSE state END ",
            $which
        )
    };
}

/// For the erasure of a person.
pub(crate) const OF_PERSON: &str =
    forgetting!("user_id = NULL, ", "FROM person WHERE user_id = person.id");

const OF_SUBJECTS: &str = forgetting!("", "WHERE subject_kind = $1 AND subject_id = ANY ($2)");

/// Forgets the calls for these subjects of a kind. Locks them: before the subjects' own rows.
///
/// # Errors
/// Those of the database.
pub async fn subjects(conn: &mut AsyncPgConnection, kind: &str, ids: &[Uuid]) -> QueryResult<()> {
    diesel::sql_query(OF_SUBJECTS)
        .bind::<Text, _>(kind)
        .bind::<Array<SqlUuid>, _>(ids)
        .execute(conn)
        .await
        .map(|_| ())
}
