//! The migrated database that the others are copied from. Its name contains the hash of its
//! migrations and definitions: all test programs use the same one, and two branches have one each.
//!
//! Both are read from their folders while a test runs, not embedded: this crate does not stand on
//! `product`, and is not built again when one of them changes. What is only kept for processes of the
//! previous release is dropped: nothing of this one may need it.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use diesel::QueryableByName;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::FileBasedMigrations;
use kernel::db;
use kernel::db::Definition;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::{PREFIX, new_name, run, sweep, url_of};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");

/// The crates with a folder `sql`.
const CRATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared");

/// Tests of the plans' limits set them themselves.
const ADJUST: &str = "UPDATE plan_limits SET day_limit = NULL, month_limit = NULL
     WHERE tier = 'FREE' AND unit = 'analyses'";

/// Any number, the same in every process: one of them builds the template, the others wait.
const LOCK: i64 = 0x5379_6d61_6e63_7902;

/// The name of the template, which is built if this server has none. Once a process it also drops
/// databases that killed processes left behind.
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

fn migrations() -> anyhow::Result<FileBasedMigrations> {
    FileBasedMigrations::from_path(FOLDER).with_context(|| format!("reading {FOLDER}"))
}

/// Names and texts of the files in these folders of all crates, in order.
fn sql_files(folder: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for of_crate in entries(Path::new(CRATES))? {
        let folder = of_crate.join(folder);
        let found = if folder.is_dir() {
            entries(&folder)?
        } else {
            Vec::new()
        };
        files.extend(found.into_iter().filter(|path| path.is_file()));
    }
    files.sort();
    let read = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let text =
            std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        Ok((name.into_owned(), text))
    };
    files.iter().map(read).collect()
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))?;
    Ok(entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?)
}

/// Of the names and the statements, in order.
fn hash() -> anyhow::Result<String> {
    let migrations: Vec<Box<dyn Migration<Pg>>> = migrations()?
        .migrations()
        .map_err(|why| anyhow!("the migrations cannot be read: {why}"))?;
    let names = migrations.iter().map(|one| one.name().to_string());
    let mut names: Vec<String> = names.collect();
    names.sort_unstable();
    let mut hash = Sha256::new_with_prefix(ADJUST);
    for name in names {
        let path = Path::new(FOLDER).join(&name).join("up.sql");
        let up = std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        add(&mut hash, name.as_bytes());
        add(&mut hash, &up);
    }
    for (name, text) in [sql_files("sql")?, sql_files("sql/retired")?].concat() {
        add(&mut hash, name.as_bytes());
        add(&mut hash, text.as_bytes());
    }
    Ok(hex::encode(&hash.finalize()[..8]))
}

fn add(hash: &mut Sha256, part: &[u8]) {
    hash.update((part.len() as u64).to_le_bytes());
    hash.update(part);
}

#[derive(QueryableByName)]
struct Template {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The newest template of this hash that the sweep of another process does not drop soon.
async fn find(admin: &mut AsyncPgConnection, hash: &str) -> anyhow::Result<Option<String>> {
    let found: Vec<Template> = diesel::sql_query(
        "SELECT datname::text AS name FROM pg_database
         WHERE starts_with(datname, $1) AND datname > $2 AND datname LIKE '%\\_' || $3
         ORDER BY datname DESC LIMIT 1",
    )
    .bind::<Text, _>(PREFIX)
    .bind::<Text, _>(sweep::name_at(sweep::TEMPLATE_SERVES))
    .bind::<Text, _>(hash)
    .load(admin)
    .await?;
    Ok(found.into_iter().next().map(|template| template.name))
}

/// The lock is of the session: Postgres releases it when a process is killed.
async fn build_alone(admin: &mut AsyncPgConnection, hash: &str) -> anyhow::Result<String> {
    run(admin, &format!("SELECT pg_advisory_lock({LOCK})")).await?;
    let name = match find(admin, hash).await? {
        Some(name) => Ok(name),
        None => build(admin, hash).await,
    };
    run(admin, &format!("SELECT pg_advisory_unlock({LOCK})")).await?;
    name
}

/// A template gets the hash behind its name when it is complete.
async fn build(admin: &mut AsyncPgConnection, hash: &str) -> anyhow::Result<String> {
    let unfinished = new_name();
    run(admin, &format!("CREATE DATABASE {unfinished}")).await?;
    let url = url_of(&unfinished)?;
    let files = sql_files("sql")?;
    let definitions = files.iter().map(|(name, text)| Definition { name, text });
    let definitions: Vec<_> = definitions.collect();
    let address = url.parse().map_err(anyhow::Error::msg)?;
    db::migrate(&address, true, migrations()?, &definitions, &[]).await?;
    let mut conn = AsyncPgConnection::establish(&url).await?;
    for (_, retired) in sql_files("sql/retired")? {
        run(&mut conn, &retired).await?;
    }
    run(&mut conn, ADJUST).await?;
    // Postgres renames no database that is in use.
    drop(conn);
    let name = format!("{unfinished}_{hash}");
    run(
        admin,
        &format!("ALTER DATABASE {unfinished} RENAME TO {name}"),
    )
    .await?;
    Ok(name)
}
