//! Reading the ledger of jobs.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::{Job, JobState};
use schema::jobs as rows;

/// The arguments of all queued jobs of a kind, oldest first.
///
/// # Errors
/// Those of the database; arguments that are not those of the kind.
pub async fn enqueued<J: Job>(conn: &mut AsyncPgConnection) -> anyhow::Result<Vec<J>> {
    let args: Vec<serde_json::Value> = rows::table
        .filter(rows::kind.eq(J::KIND))
        .filter(rows::state.eq(JobState::Queued))
        .order(rows::id)
        .select(rows::args)
        .load(conn)
        .await?;
    Ok(args
        .into_iter()
        .map(serde_json::from_value)
        .collect::<Result<_, _>>()?)
}

/// State and attempts of all jobs of a kind, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn states<J: Job>(conn: &mut AsyncPgConnection) -> QueryResult<Vec<(JobState, i32)>> {
    let jobs = rows::table.filter(rows::kind.eq(J::KIND)).order(rows::id);
    jobs.select((rows::state, rows::attempt)).load(conn).await
}
