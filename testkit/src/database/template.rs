//! The migrated database that the others are copied from. It bears the hash of its migrations, so
//! that every test program of a server uses the same one, and two branches have one each.

use std::path::Path;

use anyhow::{Context, anyhow};
use diesel::QueryableByName;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use product::MIGRATIONS;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::{PREFIX, fresh_name, run, sweep, url_of};

/// Plans are the affair of the tests about them.
const ADJUST: &str = "UPDATE plans SET daily_analyses_limit = NULL, monthly_analyses_limit = NULL
     WHERE tier = 'FREE'";

/// Any number, the same in every process: only one of them builds the template.
const LOCK: i64 = 0x5379_6d61_6e63_7902;

/// The name of the template, which is built if this server has none. Once a process also drops what
/// killed processes left behind.
pub(super) async fn prepared(admin: &mut AsyncPgConnection) -> anyhow::Result<&'static str> {
    static TEMPLATE: OnceCell<String> = OnceCell::const_new();
    let name = TEMPLATE.get_or_try_init(async || {
        sweep::drop_leftovers(admin).await?;
        let hash = hash()?;
        match find(admin, &hash).await? {
            Some(name) => Ok(name),
            None => build_alone(admin, &hash).await,
        }
    });
    Ok(name.await?)
}

/// Of the names and the statements, in order. The compiler embeds the files and builds anew when one
/// changes, so what stands in them is what is applied.
fn hash() -> anyhow::Result<String> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations"));
    let migrations: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS
        .migrations()
        .map_err(|why| anyhow!("the embedded migrations cannot be read: {why}"))?;
    let mut hash = Sha256::new_with_prefix(ADJUST);
    for migration in migrations {
        let name = migration.name().to_string();
        let path = folder.join(&name).join("up.sql");
        let up = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        for part in [name.as_bytes(), &up] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
    }
    Ok(hex::encode(&hash.finalize()[..8]))
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The newest that the sweep of another process will leave alone for some time.
async fn find(admin: &mut AsyncPgConnection, hash: &str) -> anyhow::Result<Option<String>> {
    let found: Vec<Found> = diesel::sql_query(
        "SELECT datname::text AS name FROM pg_database
         WHERE starts_with(datname, $1) AND datname > $2 AND datname LIKE '%\\_' || $3
         ORDER BY datname DESC LIMIT 1",
    )
    .bind::<Text, _>(PREFIX)
    .bind::<Text, _>(sweep::name_at(sweep::TEMPLATE_SERVES))
    .bind::<Text, _>(hash)
    .load(admin)
    .await?;
    Ok(found.into_iter().next().map(|found| found.name))
}

/// The lock is of the session: a process that is killed meanwhile lets go of it.
async fn build_alone(admin: &mut AsyncPgConnection, hash: &str) -> anyhow::Result<String> {
    run(admin, &format!("SELECT pg_advisory_lock({LOCK})")).await?;
    let name = match find(admin, hash).await? {
        Some(name) => Ok(name),
        None => build(admin, hash).await,
    };
    run(admin, &format!("SELECT pg_advisory_unlock({LOCK})")).await?;
    name
}

/// Only a finished template gets the hash behind its name.
async fn build(admin: &mut AsyncPgConnection, hash: &str) -> anyhow::Result<String> {
    let unfinished = fresh_name();
    run(admin, &format!("CREATE DATABASE {unfinished}")).await?;
    let url = url_of(&unfinished)?;
    product::migrate(&url).await?;
    run(&mut AsyncPgConnection::establish(&url).await?, ADJUST).await?;
    let name = format!("{unfinished}_{hash}");
    run(
        admin,
        &format!("ALTER DATABASE {unfinished} RENAME TO {name}"),
    )
    .await?;
    Ok(name)
}
