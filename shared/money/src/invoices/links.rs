//! Links to invoices that stand in letters: who has one sees that document, without a session, for [`LIFETIME`]. Only a
//! digest of the secret is stored.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::Error;
use people::secrets;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use schema::invoice_links as links;

/// How long a link leads to its invoice. The letter says it.
pub const LIFETIME: TimeDelta = TimeDelta::days(30);

/// Its random characters: 190 bits.
const SECRET_LEN: usize = 32;

/// Makes a link to an invoice; returns its secret.
///
/// # Errors
/// `Internal` if the system has no random bytes; those of the database.
pub async fn make(
    conn: &mut AsyncPgConnection,
    invoice_id: Uuid,
    now: DateTime<Utc>,
) -> Result<String, Error> {
    let secret = secrets::alphanumeric(SECRET_LEN)?;
    diesel::insert_into(links::table)
        .values((
            links::digest.eq(digest(&secret)),
            links::invoice_id.eq(invoice_id),
            links::expires_at.eq(now + LIFETIME),
        ))
        .execute(conn)
        .await?;
    Ok(secret)
}

/// The invoice that a secret leads to; `None`: it is wrong, or its time is over.
///
/// # Errors
/// Those of the database.
pub async fn find(
    conn: &mut AsyncPgConnection,
    secret: &str,
    now: DateTime<Utc>,
) -> QueryResult<Option<Uuid>> {
    let known = links::table.find(digest(secret));
    let known = known.filter(links::expires_at.gt(now));
    known.select(links::invoice_id).first(conn).await.optional()
}

/// What is stored of a secret. It is random, so it needs no salt and no slow hash.
fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

/// The statement that deletes links whose time is over (see [`jobs::prune`]).
pub const PRUNE: &[&str] = &["DELETE FROM invoice_links WHERE digest IN (
         SELECT digest FROM invoice_links WHERE expires_at < now()
         LIMIT $1 FOR UPDATE SKIP LOCKED)"];
