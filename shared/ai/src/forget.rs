//! Forgets the paid calls for deleted things: what models were asked and have answered.

use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use schema::paid_calls;

/// Forgets the calls for these subjects of a kind. Locks them: before the subjects' own rows.
///
/// # Errors
/// Those of the database.
pub async fn subjects(conn: &mut AsyncPgConnection, kind: &str, ids: &[Uuid]) -> QueryResult<()> {
    diesel::sql_query(
        "SELECT paid_calls_forget(ARRAY(
             SELECT id FROM paid_calls WHERE subject_kind = $1 AND subject_id = ANY ($2)))",
    )
    .bind::<Text, _>(kind)
    .bind::<Array<SqlUuid>, _>(ids)
    .execute(conn)
    .await
    .map(|_| ())
}

/// Whether there are calls for any of these subjects that are not forgotten.
///
/// # Errors
/// Those of the database.
pub async fn is_any(conn: &mut AsyncPgConnection, kind: &str, ids: &[Uuid]) -> QueryResult<bool> {
    let calls = paid_calls::table
        .filter(paid_calls::subject_kind.eq(kind))
        .filter(paid_calls::subject_id.eq_any(ids));
    diesel::select(diesel::dsl::exists(calls))
        .get_result(conn)
        .await
}
