//! Applying migrations and taking them back.

mod found;
mod lost;
mod patience;

use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sql_types::BigInt;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::MigrationHarness;

use super::{Address, Definition, Right, definitions, restored, rights};
use crate::error::Error;
use crate::retry;

use found::{by_hand, found, is_so, listed, newest, versions, warn_of_unknown};
use lost::{columns, lost, shown};

pub use found::Found;
pub use lost::Lost;
use patience::Patience;

/// The key of the advisory lock, the same in every process: only one migrates at a time.
const LOCK: i64 = 0x5379_6d61_6e63_7901;

/// Which way.
#[derive(Clone, Copy)]
enum Way {
    Up,
    Down,
}

/// Applies the pending migrations, creates the definitions that are missing or have changed, and grants
/// the programs' roles their rights. Safe to call from every process at once: an advisory lock lets one
/// do it while the others wait, and those then find nothing to do. A process that restarts while a newer
/// release is being deployed leaves definitions and rights alone: they are those of the newer one. Other
/// programs go on with their work meanwhile: every step gives way to theirs (see [`Patience`]).
///
/// Where `may_change` is false, or the role may create nothing, or a pooler is in between, it only looks whether all
/// is there.
///
/// # Errors
/// A migration that fails, or a definition: it is rolled back. Migrations that are missing and may not
/// be applied. While Postgres is unreachable, this waits.
pub async fn migrate(
    address: &Address,
    may_change: bool,
    source: impl MigrationSource<Pg> + Send + Sync + 'static,
    definitions: &[Definition<'_>],
    rights: &[Right],
) -> Result<(), Error> {
    let mut conn = established(address).await;
    restored::refuse(&mut conn).await?;
    if may_change && !address.is_pooled() && may_create(&mut conn).await? {
        return apply(conn, source, definitions, rights).await.map(|_| ());
    }
    let found = found(&versions(&mut conn).await?, &listed(&source)?);
    warn_of_unknown(&found);
    match found.pending.as_slice() {
        [] => Ok(()),
        [first, ..] => Err(Error::internal(format!(
            "the database lacks {} migrations, from {first} on, and this program may not apply them: run \
             `symancy migrate up` as the owner of the tables",
            found.pending.len()
        ))),
    }
}

/// The same as [`migrate`], at once and with what was applied as the result.
///
/// # Errors
/// Postgres that cannot be reached, or that a pooler stands before; a migration that fails.
pub async fn up(
    address: &Address,
    source: impl MigrationSource<Pg> + Send + Sync + 'static,
    definitions: &[Definition<'_>],
    rights: &[Right],
) -> Result<Vec<String>, Error> {
    keeps_sessions(address)?;
    apply(address.connect().await?, source, definitions, rights).await
}

/// What [`up`] would apply, and what it would take away; or what [`down`] would, for `back` migrations.
/// It tries in a transaction that is rolled back, and gives way as the change itself would: as a whole, because
/// it keeps what it has locked until it ends.
///
/// # Errors
/// Postgres that cannot be reached; a change that fails.
pub async fn plan(
    address: &Address,
    source: impl MigrationSource<Pg> + Send + Sync + 'static,
    back: Option<usize>,
) -> Result<(Found, Vec<Lost>), Error> {
    let mut conn = address.connect().await?;
    let found = found(&versions(&mut conn).await?, &listed(&source)?);
    by_hand(&mut conn, &found).await?;
    let (way, chosen) = match back {
        Some(count) => (Way::Down, newest(&found, count)?),
        None => (Way::Up, found.pending.clone()),
    };
    let (source, mut patience) = (Arc::new(source), Patience::default());
    let (before, after) = loop {
        match tried(conn, source.clone(), way, chosen.clone()).await {
            Ok(columns) => break columns,
            Err(why) => match patience.delay_after(&why) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return Err(why),
            },
        }
        conn = address.connect().await?;
    };
    let lost = lost(&mut address.connect().await?, &before, &after).await?;
    Ok((found, lost))
}

/// The columns before these migrations and after them, in a transaction that is rolled back.
async fn tried(
    mut conn: AsyncPgConnection,
    source: Arc<impl MigrationSource<Pg> + Send + Sync + 'static>,
    way: Way,
    chosen: Vec<String>,
) -> Result<(Vec<String>, Vec<String>), Error> {
    conn.begin_test_transaction().await?;
    conn.batch_execute("SET LOCAL statement_timeout = '30s'")
        .await?;
    let before = columns(&mut conn).await?;
    let mut conn = walk(conn, source, way, chosen, Patience::NONE).await?;
    let mut after = columns(&mut conn).await?;
    after.extend(shown(&mut conn).await?);
    Ok((before, after))
}

/// The migrations of a program and of the database, without a change.
///
/// # Errors
/// Those of the database; tables of which no migration is recorded.
pub async fn state(
    conn: &mut AsyncPgConnection,
    source: impl MigrationSource<Pg>,
) -> Result<Found, Error> {
    let found = found(&versions(conn).await?, &listed(&source)?);
    by_hand(conn, &found).await?;
    Ok(found)
}

/// Takes the newest `count` migrations back and returns their names. What they had added is gone.
///
/// # Errors
/// Postgres that cannot be reached; migrations that this program does not know; one that fails.
pub async fn down(
    address: &Address,
    source: impl MigrationSource<Pg> + Send + Sync + 'static,
    count: usize,
) -> Result<Vec<String>, Error> {
    keeps_sessions(address)?;
    let mut conn = address.connect().await?;
    lock(&mut conn).await?;
    let found = found(&versions(&mut conn).await?, &listed(&source)?);
    let chosen = newest(&found, count)?;
    walk(
        conn,
        Arc::new(source),
        Way::Down,
        chosen.clone(),
        Patience::default(),
    )
    .await?;
    Ok(chosen)
}

async fn apply(
    mut conn: AsyncPgConnection,
    source: impl MigrationSource<Pg> + Send + Sync + 'static,
    definitions: &[Definition<'_>],
    rights: &[Right],
) -> Result<Vec<String>, Error> {
    lock(&mut conn).await?;
    let found = found(&versions(&mut conn).await?, &listed(&source)?);
    by_hand(&mut conn, &found).await?;
    warn_of_unknown(&found);
    // The lock belongs to the session: it ends with this connection, however this ends.
    let mut conn = walk(
        conn,
        Arc::new(source),
        Way::Up,
        found.pending.clone(),
        Patience::default(),
    )
    .await?;
    if found.unknown.is_empty() {
        let mut patience = Patience::default();
        while let Err(why) = define(&mut conn, definitions, rights).await {
            match patience.delay_after(&why) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return Err(why),
            }
        }
    }
    Ok(found.pending)
}

async fn define(
    conn: &mut AsyncPgConnection,
    definitions: &[Definition<'_>],
    rights: &[Right],
) -> Result<(), Error> {
    conn.batch_execute(patience::WAIT).await?;
    definitions::apply(conn, definitions).await?;
    rights::apply(conn, rights).await
}

/// Applies the migrations of these names, or takes them back, in this order. The harness blocks, so it
/// gets a thread of its own. `each` is the patience with each of them.
async fn walk(
    conn: AsyncPgConnection,
    source: Arc<impl MigrationSource<Pg> + Send + Sync + 'static>,
    way: Way,
    chosen: Vec<String>,
    each: Patience,
) -> Result<AsyncPgConnection, Error> {
    tokio::task::spawn_blocking(move || {
        let mut harness = AsyncConnectionWrapper::<AsyncPgConnection>::from(conn);
        // It makes the table of the versions where there is none.
        harness.applied_migrations()?;
        let migrations = source.migrations()?;
        for name in &chosen {
            let mut all = migrations.iter();
            let Some(one) = all.find(|one| one.name().to_string() == *name) else {
                continue;
            };
            let mut patience = each;
            loop {
                SimpleConnection::batch_execute(&mut harness, patience::WAIT)?;
                let done = match way {
                    Way::Up => harness.run_migration(&**one),
                    Way::Down => harness.revert_migration(&**one),
                };
                match done {
                    Ok(_) => break,
                    Err(why) => match patience.delay_after(&why) {
                        Some(delay) => std::thread::sleep(delay),
                        None => return Err(why),
                    },
                }
            }
        }
        diesel::migration::Result::Ok(harness.into_inner())
    })
    .await
    .map_err(|why| Error::internal(format!("the migration was interrupted: {why}")))?
    .map_err(|why| Error::internal(format!("a migration failed: {why}")))
}

/// The lock belongs to a session: behind a pooler it would stay with one that others are lent next.
fn keeps_sessions(address: &Address) -> Result<(), Error> {
    match address.is_pooled() {
        false => Ok(()),
        true => Err(Error::internal(
            "migrations go past the pooler: run this with DATABASE_URL naming Postgres itself, and without \
             DATABASE_STATEMENT_CACHE=off",
        )),
    }
}

/// Waits until no other process migrates.
async fn lock(conn: &mut AsyncPgConnection) -> Result<(), Error> {
    let lock = diesel::sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(LOCK);
    lock.execute(conn).await?;
    Ok(())
}

async fn may_create(conn: &mut AsyncPgConnection) -> Result<bool, Error> {
    let may = "SELECT COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false) AS answer";
    is_so(conn, may).await
}

/// Connects, retrying until Postgres is reachable: a process may start before its database.
async fn established(address: &Address) -> AsyncPgConnection {
    let mut failed = 0;
    loop {
        match address.connect().await {
            Ok(conn) => return conn,
            Err(why) => {
                failed += 1;
                tracing::warn!(error = %why, "Postgres cannot be reached; trying again");
                tokio::time::sleep(retry::reconnect_delay(failed)).await;
            }
        }
    }
}
