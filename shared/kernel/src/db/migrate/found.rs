//! Which migrations a database has, of those that a program knows.

use diesel::QueryableByName;
use diesel::migration::{MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::error::Error;

/// The migrations of a program, and those of a database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Names of those that the database lacks, in their order.
    pub pending: Vec<String>,
    /// Versions that this program does not know: of a newer release, in their order.
    pub unknown: Vec<String>,
    /// Names of those that it has, in their order.
    pub applied: Vec<String>,
}

/// A migration of this program.
pub(super) struct Known {
    version: MigrationVersion<'static>,
    name: String,
}

/// Those of this program, in their order.
pub(super) fn listed(source: &impl MigrationSource<Pg>) -> Result<Vec<Known>, Error> {
    let migrations = source.migrations();
    let migrations = migrations.map_err(|why| Error::internal(format!("the migrations: {why}")))?;
    let known = migrations.iter().map(|one| Known {
        version: one.name().version().as_owned(),
        name: one.name().to_string(),
    });
    let mut all: Vec<Known> = known.collect();
    all.sort_unstable_by(|one, other| one.version.cmp(&other.version));
    Ok(all)
}

/// The newest ones first.
pub(super) fn newest(found: &Found, count: usize) -> Result<Vec<String>, Error> {
    if let Some(newer) = found.unknown.last() {
        return Err(Error::internal(format!(
            "the database has migrations of a newer release ({newer} is the last); only that release can \
             take them back"
        )));
    }
    Ok(found.applied.iter().rev().take(count).cloned().collect())
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

pub(super) async fn names(conn: &mut AsyncPgConnection, query: &str) -> Result<Vec<String>, Error> {
    let rows: Vec<Name> = diesel::sql_query(query).load(conn).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

pub(super) async fn is_so(conn: &mut AsyncPgConnection, query: &str) -> Result<bool, Error> {
    #[derive(QueryableByName)]
    struct Answer {
        #[diesel(sql_type = Bool)]
        answer: bool,
    }
    let row: Answer = diesel::sql_query(query).get_result(conn).await?;
    Ok(row.answer)
}

/// The versions that the database has. Without the table that the harness keeps: none.
pub(super) async fn versions(conn: &mut AsyncPgConnection) -> Result<Vec<String>, Error> {
    let there = "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS answer";
    match is_so(conn, there).await? {
        true => {
            names(
                conn,
                "SELECT version::text AS name FROM __diesel_schema_migrations ORDER BY 1",
            )
            .await
        }
        false => Ok(Vec::new()),
    }
}

pub(super) fn found(versions: &[String], known: &[Known]) -> Found {
    let is =
        |one: &Known, version: &String| one.version == MigrationVersion::from(version.as_str());
    let has = |one: &&Known| versions.iter().any(|version| is(one, version));
    let is_unknown = |version: &&String| !known.iter().any(|one| is(one, version));
    let (applied, pending): (Vec<_>, Vec<_>) = known.iter().partition(has);
    let names = |all: Vec<&Known>| all.into_iter().map(|one| one.name.clone()).collect();
    Found {
        pending: names(pending),
        unknown: versions.iter().filter(is_unknown).cloned().collect(),
        applied: names(applied),
    }
}

pub(super) fn warn_of_unknown(found: &Found) {
    if let Some(newest) = found.unknown.last() {
        tracing::warn!(
            newest,
            "the database is that of a newer release than this program"
        );
    }
}

/// Refuses tables of which no migration is recorded: applying the first one would fail half-way through
/// a sentence that helps no one.
pub(super) async fn by_hand(conn: &mut AsyncPgConnection, found: &Found) -> Result<(), Error> {
    let tables = "SELECT EXISTS (
            SELECT FROM pg_class WHERE relnamespace = current_schema()::regnamespace
              AND relkind IN ('r', 'p') AND relname <> '__diesel_schema_migrations'
              AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')
        ) AS answer";
    if found.applied.is_empty() && found.unknown.is_empty() && is_so(conn, tables).await? {
        return Err(Error::internal(
            "the database has tables, and no record of the migrations that made them \
             (__diesel_schema_migrations is empty): use an empty database, or insert the versions that it has",
        ));
    }
    Ok(())
}
