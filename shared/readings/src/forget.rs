//! Deletes a reading and everything that is known by it: what the AI answered, what was said and asked
//! about it, its steps and its jobs. Its photos are deleted by `RemovePhotos`. What the erasure of a person
//! does with the same tables stands in `FEATURE`, and with paid calls in `ai`.

use audit::model::Origin;
use diesel::prelude::*;
use diesel::result::Error::RollbackTransaction;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use jobs::ledger;
use jobs::ledger::Ticket;
use uuid::Uuid;

use crate::cancel::ended;
use crate::jobs::RemovePhotos;
use crate::model::{Analysis, AnalysisStatus};
use crate::{costs, history, queries, unit};
use schema::analysis_history as analyses;

/// Forgets a reading, in the order of locking: paid calls, readings, usage; a unit of one that is pending
/// is given back. In the caller's transaction. Returns it as it was.
///
/// # Errors
/// `NotFound` if it was deleted meanwhile, or those of the database.
pub async fn forget(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<Analysis> {
    let (was, all) = loop {
        match conn.transaction(async |conn| lock(conn, id).await).await {
            Err(RollbackTransaction) => {}
            ended => break ended?,
        }
    };
    if was.status == AnalysisStatus::Pending {
        unit::give_back(conn, id).await?;
    }
    // Steps, messages, questions about it and their steps go with it.
    diesel::delete(analyses::table.find(id))
        .execute(conn)
        .await?;
    end_jobs(conn, was.user_id, &all).await?;
    Ok(was)
}

/// Forgets the paid calls for a reading and the questions about it, and then locks these: from then on none
/// begins. Returns the reading, and the ids of all.
///
/// # Errors
/// `RollbackTransaction` if a call had begun before they were locked: calls are locked first, so all locks
/// have to be given up for it. `NotFound`, or those of the database.
async fn lock(conn: &mut AsyncPgConnection, id: Uuid) -> QueryResult<(Analysis, Vec<Uuid>)> {
    let kind = costs::subject(id).kind;
    let about = analyses::id.eq(id).or(analyses::about_id.eq(id));
    let all = analyses::table
        .filter(about)
        .select(analyses::id)
        .order(analyses::id);
    let ids: Vec<Uuid> = all.load(conn).await?;
    ai::forget::subjects(conn, kind, &ids).await?;
    // Before the questions are read: a question that begins locks it first.
    let was = history::locked(conn, id, None).await?;
    let all: Vec<Uuid> = all.for_update().load(conn).await?;
    if ai::forget::is_any(conn, kind, &all).await? {
        return Err(RollbackTransaction);
    }
    Ok((was, all))
}

/// Deletes a reading of `owner` (a row of `users`) if one is given, with its line of the audit log and the job that
/// removes its photos. In the caller's transaction.
///
/// # Errors
/// `NotFound` if there is none, or those of the database.
pub async fn remove(
    conn: &mut AsyncPgConnection,
    id: Uuid,
    owner: Option<Uuid>,
    origin: &Origin,
) -> QueryResult<Ticket> {
    queries::by_id(conn, id, owner).await?;
    let was = forget(conn, id).await?;
    audit::queries::record(conn, origin, ended("analysis_deleted", &was)).await?;
    ledger::enqueue(conn, &RemovePhotos { analysis_id: id }).await
}

/// Deletes the jobs of a person for these readings that do not run, and asks the workers to end the others.
/// Passes over what another transaction holds: such a job finds no reading. `RemovePhotos` has no subject,
/// and stays.
///
/// # Errors
/// Those of the database.
pub(crate) async fn end_jobs(
    conn: &mut AsyncPgConnection,
    user_id: Uuid,
    readings: &[Uuid],
) -> QueryResult<()> {
    for statement in JOBS {
        diesel::sql_query(*statement)
            .bind::<SqlUuid, _>(user_id)
            .bind::<Array<SqlUuid>, _>(readings)
            .execute(conn)
            .await?;
    }
    Ok(())
}

const JOBS: &[&str] = &[
    "WITH mine AS (SELECT id FROM jobs WHERE subject_id = $1
             AND args ->> 'analysis_id' = ANY ($2::uuid[]::text[]) AND state <> 'running'
         ORDER BY id FOR UPDATE SKIP LOCKED)
     DELETE FROM jobs USING mine WHERE jobs.id = mine.id",
    "WITH mine AS (SELECT id FROM jobs WHERE subject_id = $1
             AND args ->> 'analysis_id' = ANY ($2::uuid[]::text[]) AND state = 'running'
         ORDER BY id FOR UPDATE SKIP LOCKED)
     UPDATE jobs SET cancel_requested = TRUE FROM mine WHERE jobs.id = mine.id",
];
