//! SQL over the tables of the probes.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use jobs::claims::Claim;
use schema::{probe_results, probe_runs};

/// Records a run of a probe, and returns the number of earlier runs.
///
/// # Errors
/// Those of the database.
pub async fn begin(conn: &mut AsyncPgConnection, probe: Uuid, claim: &Claim) -> QueryResult<usize> {
    diesel::insert_into(probe_runs::table)
        .values((
            probe_runs::probe_id.eq(probe),
            probe_runs::attempt.eq(claim.attempt),
            probe_runs::worker.eq(&claim.worker),
        ))
        .execute(conn)
        .await?;
    let runs: i64 = probe_runs::table
        .filter(probe_runs::probe_id.eq(probe))
        .count()
        .get_result(conn)
        .await?;
    Ok(usize::try_from(runs - 1).unwrap_or(0))
}

/// Applies the result of a probe.
///
/// # Errors
/// Those of the database.
pub async fn apply(conn: &mut AsyncPgConnection, probe: Uuid, claim: &Claim) -> QueryResult<()> {
    diesel::insert_into(probe_results::table)
        .values((
            probe_results::probe_id.eq(probe),
            probe_results::worker.eq(&claim.worker),
        ))
        .execute(conn)
        .await
        .map(|_| ())
}

/// When the result of a probe was applied.
///
/// # Errors
/// Those of the database.
pub async fn applied_at(
    conn: &mut AsyncPgConnection,
    probe: Uuid,
) -> QueryResult<Option<chrono::DateTime<chrono::Utc>>> {
    probe_results::table
        .filter(probe_results::probe_id.eq(probe))
        .select(probe_results::applied_at)
        .first(conn)
        .await
        .optional()
}

/// The statements that delete the rows of old probes: see [`jobs::prune`].
pub const PRUNE: &[&str] = &[
    "DELETE FROM probe_runs WHERE id IN (
         SELECT id FROM probe_runs WHERE began_at < now() - interval '7 days' LIMIT $1)",
    "DELETE FROM probe_results WHERE id IN (
         SELECT id FROM probe_results WHERE applied_at < now() - interval '7 days' LIMIT $1)",
];
