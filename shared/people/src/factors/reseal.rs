//! Seals anew, with the key of now, what was sealed with one before it, so that this one can be forgotten.

use diesel::prelude::*;
use diesel::sql_types::{Binary, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use uuid::Uuid;

use super::vault::Vault;

/// A table with sealed values, and how its rows are read and written.
#[derive(Clone, Copy, Debug)]
pub struct SealedTable {
    pub name: &'static str,
    /// The next rows after the id `$2` that are not sealed with the key `$1`: `id`, `owner`, `key_id`, `sealed`.
    pub stale: &'static str,
    /// Puts the key `$3` and the value `$4` into the row `$1`, if its value is still `$2`.
    pub put: &'static str,
}

/// The secrets of people's apps for codes.
pub const TABLES: &[SealedTable] = &[SealedTable {
    name: "totp_secrets",
    stale: "SELECT user_id AS id, user_id AS owner, key_id, sealed FROM totp_secrets
            WHERE key_id <> $1 AND user_id > $2 ORDER BY user_id LIMIT 100",
    put: "UPDATE totp_secrets SET key_id = $3, sealed = $4 WHERE user_id = $1 AND sealed = $2",
}];

/// What became of the rows of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Sealed with the key of now.
    pub done: usize,
    /// Sealed with a key that is not known, or damaged: left as they are.
    pub unreadable: usize,
}

#[derive(QueryableByName)]
struct Stale {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    owner: Uuid,
    #[diesel(sql_type = Text)]
    key_id: String,
    #[diesel(sql_type = Binary)]
    sealed: Vec<u8>,
}

/// Seals the rows of a table anew, each by a statement of its own: it waits for no other row and holds none up. What a
/// person changes meanwhile is sealed with the key of the process that writes it.
///
/// # Errors
/// `Conflict` without a key to seal with; those of the database.
pub async fn run(
    conn: &mut AsyncPgConnection,
    vault: &Vault,
    table: &SealedTable,
) -> Result<Resealed, Error> {
    let mut counts = Resealed::default();
    let mut after = Uuid::nil();
    loop {
        let rows: Vec<Stale> = diesel::sql_query(table.stale)
            .bind::<Text, _>(vault.key_id().unwrap_or_default())
            .bind::<SqlUuid, _>(after)
            .load(conn)
            .await?;
        let Some(last) = rows.last() else {
            return Ok(counts);
        };
        after = last.id;
        for row in rows {
            match vault.open(row.owner, &row.key_id, &row.sealed) {
                Ok(secret) => counts.done += put(conn, vault, table, &row, &secret).await?,
                Err(_) => counts.unreadable += 1,
            }
        }
    }
}

async fn put(
    conn: &mut AsyncPgConnection,
    vault: &Vault,
    table: &SealedTable,
    row: &Stale,
    secret: &[u8],
) -> Result<usize, Error> {
    let sealed = vault.seal(row.owner, secret)?;
    let changed = diesel::sql_query(table.put)
        .bind::<SqlUuid, _>(row.id)
        .bind::<Binary, _>(&row.sealed)
        .bind::<Text, _>(&sealed.key_id)
        .bind::<Binary, _>(&sealed.bytes)
        .execute(conn)
        .await?;
    Ok(changed)
}
