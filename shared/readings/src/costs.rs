//! The cost of readings: the paid calls whose subject they are.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use ai::model::Subject;
use schema::analysis_history;

/// The kind of subject that a reading is.
const KIND: &str = "analysis";

/// A reading as the subject of paid calls.
pub fn subject(id: Uuid) -> Subject {
    Subject { kind: KIND, id }
}

/// The person that a reading belongs to, which is locked against deletion; `None` if it was deleted.
pub fn find_owner(
    conn: &mut AsyncPgConnection,
    id: Uuid,
) -> BoxFuture<'_, QueryResult<Option<Uuid>>> {
    async move {
        analysis_history::table
            .find(id)
            .select(analysis_history::user_id)
            .for_key_share()
            .first(conn)
            .await
            .optional()
    }
    .boxed()
}

/// Corrects the costs of readings whose row was locked by another transaction when one of their calls
/// was settled, over the last day. Returns how many it corrected.
///
/// # Errors
/// Those of the database.
pub async fn sync(conn: &mut AsyncPgConnection) -> QueryResult<usize> {
    diesel::sql_query(
        "SELECT analysis_cost_sync(a.id) FROM analysis_history AS a JOIN (
             SELECT subject_id, sum(cost_micro_usd) / 1000000.0 AS cost_usd FROM paid_calls
             WHERE subject_kind = 'analysis' AND subject_id IN (
                 SELECT subject_id FROM paid_calls WHERE began_at > now() - interval '1 day')
             GROUP BY subject_id) AS calls ON calls.subject_id = a.id
         WHERE a.cost_usd IS DISTINCT FROM calls.cost_usd",
    )
    .execute(conn)
    .await
}
