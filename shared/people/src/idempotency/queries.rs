//! SQL over `idempotency_keys`.

use std::time::Duration;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Binary, Double, Nullable, SmallInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use kernel::db::around_arguments;
use kernel::error::Error;
use schema::idempotency_keys as keys;

/// SHA-256 over an operation and its body.
pub type Fingerprint = [u8; 32];

/// The right to write the answer of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The owner of the key: `user:<telegram_id>`, `user:<id>` or `key:<id>`.
    pub caller: String,
    pub key: String,
    pub fence: i64,
    /// What an earlier attempt of the same request has made: this one goes on with it.
    pub bound_to: Option<Uuid>,
}

/// What to do with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// There is no answer yet: do the work, and write the answer in its transaction.
    Fresh(Lease),
    /// It was answered; send the same answer.
    Answered { status: u16, body: Vec<u8> },
}

/// Takes a lease on a key for `lease_time`. A request that held it for longer counts as dead: all its
/// work is in one transaction with the answer, so none of it was committed.
///
/// # Errors
/// `InProgress` while another request holds the lease; E604 (422) if the key was used for another
/// request; those of the database.
pub async fn begin(
    conn: &mut AsyncPgConnection,
    caller: &str,
    key: &str,
    fingerprint: &Fingerprint,
    lease_time: Duration,
) -> Result<Begun, Error> {
    // The row can be released between the two statements: try again.
    for _ in 0..TRIES {
        let take = Take {
            caller,
            key,
            fingerprint,
            lease_time: lease_time.as_secs_f64(),
        };
        let taken: Option<(i64, Option<Uuid>)> = take.get_result(conn).await.optional()?;
        if let Some((fence, bound_to)) = taken {
            return Ok(Begun::Fresh(Lease {
                caller: caller.to_owned(),
                key: key.to_owned(),
                fence,
                bound_to,
            }));
        }
        if let Some(stored) = stored(conn, caller, key).await? {
            return stored.answer(fingerprint);
        }
    }
    Err(Error::InProgress)
}

const TRIES: usize = 5;

/// Takes a key that is new, or whose lease is over. A query of its own and not `sql_query`, whose
/// statements are prepared again each time.
struct Take<'a> {
    caller: &'a str,
    key: &'a str,
    fingerprint: &'a Fingerprint,
    lease_time: f64,
}

impl QueryId for Take<'_> {
    type QueryId = Take<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for Take<'_> {
    type SqlType = (BigInt, Nullable<SqlUuid>);
}

const TAKE: &str = "INSERT INTO idempotency_keys AS old (caller, key, fingerprint, locked_until)
     VALUES ($1, $2, $3, now() + make_interval(secs => $4))
     ON CONFLICT (caller, key) DO UPDATE
         SET fence = old.fence + 1, locked_until = EXCLUDED.locked_until
         WHERE old.locked_until < now() AND old.fingerprint = EXCLUDED.fingerprint
     RETURNING fence, bound_to";

impl QueryFragment<Pg> for Take<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let mut texts = around_arguments(TAKE);
        let mut text = || texts.next().unwrap_or_default();
        out.push_sql(text());
        out.push_bind_param::<Text, _>(self.caller)?;
        out.push_sql(text());
        out.push_bind_param::<Text, _>(self.key)?;
        out.push_sql(text());
        out.push_bind_param::<Binary, [u8]>(self.fingerprint)?;
        out.push_sql(text());
        out.push_bind_param::<Double, _>(&self.lease_time)?;
        out.push_sql(text());
        Ok(())
    }
}

#[derive(Queryable)]
struct StoredKey {
    fingerprint: Vec<u8>,
    status: Option<i16>,
    body: Option<Vec<u8>>,
}

impl StoredKey {
    fn answer(self, fingerprint: &Fingerprint) -> Result<Begun, Error> {
        if self.fingerprint != fingerprint {
            return Err(Error::Invalid {
                code: kernel::codes::IDEMPOTENCY_MISMATCH,
                field: "Idempotency-Key",
                why: "was used for another request".to_owned(),
            });
        }
        match (self.status, self.body) {
            (Some(status), Some(body)) => Ok(Begun::Answered {
                status: status.unsigned_abs(),
                body,
            }),
            _ => Err(Error::InProgress),
        }
    }
}

async fn stored(
    conn: &mut AsyncPgConnection,
    caller: &str,
    key: &str,
) -> QueryResult<Option<StoredKey>> {
    keys::table
        .find((caller, key))
        .select((keys::fingerprint, keys::status, keys::body))
        .first(conn)
        .await
        .optional()
}

/// Writes the answer, in the transaction of the work.
///
/// # Errors
/// `InProgress` if another request has taken the lease over: roll back. Those of the database.
pub async fn finish(
    conn: &mut AsyncPgConnection,
    lease: &Lease,
    status: u16,
    body: &[u8],
) -> Result<(), Error> {
    diesel::sql_query("SELECT idempotency_finish($1, $2, $3, $4, $5)")
        .bind::<Text, _>(&lease.caller)
        .bind::<Text, _>(&lease.key)
        .bind::<BigInt, _>(lease.fence)
        .bind::<SmallInt, _>(stored_status(status))
        .bind::<Binary, _>(body)
        .execute(conn)
        .await
        .map(|_| ())
        .map_err(unfinished)
}

/// The status of an answer as its column has it.
pub fn stored_status(status: u16) -> i16 {
    i16::try_from(status).unwrap_or(i16::MAX)
}

/// The failure of a statement that calls the SQL function `idempotency_finish`: `InProgress` if another
/// request has taken the lease over.
pub fn unfinished(why: diesel::result::Error) -> Error {
    use diesel::result::{DatabaseErrorKind::CheckViolation, Error::DatabaseError};
    match why {
        DatabaseError(CheckViolation, info) if info.constraint_name() == Some("lease_is_held") => {
            Error::InProgress
        }
        why => why.into(),
    }
}

/// Binds a key to what its request is about to make, in the transaction that makes it; `None`: to nothing any more.
/// A request that fails keeps a key that is bound, and the next one goes on.
///
/// # Errors
/// `InProgress` if another request has taken the lease over: roll back. Those of the database.
pub async fn bind(
    conn: &mut AsyncPgConnection,
    lease: &Lease,
    to: Option<Uuid>,
) -> Result<(), Error> {
    let mine = keys::table.find((&lease.caller, &lease.key));
    let bound = diesel::update(mine.filter(keys::fence.eq(lease.fence)))
        .set(keys::bound_to.eq(to))
        .execute(conn)
        .await?;
    match bound {
        0 => Err(Error::InProgress),
        _ => Ok(()),
    }
}

/// Gives a key back whose request failed, so that it can be used again; one that is bound for the same request alone.
///
/// # Errors
/// Those of the database.
pub async fn release(conn: &mut AsyncPgConnection, lease: &Lease) -> QueryResult<()> {
    let mine = || {
        keys::table
            .find((&lease.caller, &lease.key))
            .filter(keys::fence.eq(lease.fence))
            .filter(keys::status.is_null())
    };
    let deleted = diesel::delete(mine().filter(keys::bound_to.is_null()))
        .execute(conn)
        .await?;
    if deleted == 0 {
        diesel::update(mine())
            .set(keys::locked_until.eq(diesel::dsl::now))
            .execute(conn)
            .await?;
    }
    Ok(())
}

/// Old rows (see [`jobs::prune`]): keys of a day ago. A request that
/// is still at work keeps its key, one whose lease is over does not.
pub const PRUNE: &[&str] = &["DELETE FROM idempotency_keys WHERE (caller, key) IN (
         SELECT caller, key FROM idempotency_keys
         WHERE created_at < now() - interval '24 hours'
           AND (locked_until IS NULL OR locked_until < now())
         LIMIT $1 FOR UPDATE SKIP LOCKED)"];
