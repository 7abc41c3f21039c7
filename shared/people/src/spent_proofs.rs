//! SQL over `spent_proofs`: what proves a person once is not taken again.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use schema::spent_proofs;

/// Uses up the proof with this digest, which is refused by its age from `expires_at` on. Returns whether it was not used
/// yet: of two at once one gets it, once the other's transaction has ended.
///
/// # Errors
/// Those of the database.
pub async fn spend(
    conn: &mut AsyncPgConnection,
    digest: &[u8; 32],
    expires_at: DateTime<Utc>,
) -> QueryResult<bool> {
    let spent = diesel::insert_into(spent_proofs::table)
        .values((
            spent_proofs::digest.eq(digest.as_slice()),
            spent_proofs::expires_at.eq(expires_at),
        ))
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(spent == 1)
}

/// The statements that delete what is refused by its age, on clocks that differ, too.
pub const PRUNE: &[&str] = &["DELETE FROM spent_proofs WHERE digest IN (
         SELECT digest FROM spent_proofs WHERE expires_at < now() - interval '1 hour' LIMIT $1)"];
