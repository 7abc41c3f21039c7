//! Functions and views: the files `shared/<crate>/sql/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use diesel::QueryableByName;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use kernel::db::{self, Definition};
use testkit::TestDatabase;

/// Applies the product's migrations with one more definition.
async fn migrate_with(database: &TestDatabase, more: Definition<'_>) -> Result<(), kernel::Error> {
    let definitions = [product::definitions(), vec![more]].concat();
    let address = database.address().map_err(kernel::Error::internal)?;
    db::migrate(&address, true, product::MIGRATIONS, &definitions, &[]).await
}

fn probe(text: &'static str) -> Definition<'static> {
    let name = "probe";
    Definition { name, text }
}

const ONE: &str = "CREATE OR REPLACE FUNCTION probe() RETURNS BIGINT RETURN 1";
const TWO: &str = "CREATE OR REPLACE FUNCTION probe() RETURNS BIGINT RETURN 2";

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

async fn names(database: &TestDatabase, query: &str) -> anyhow::Result<Vec<String>> {
    let rows: Vec<Name> = diesel::sql_query(query)
        .load(&mut database.connect().await?)
        .await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// Each function and view with the transaction that has written it, and each row of the table.
const WRITTEN: &str = "
    SELECT concat_ws(' ', proname, xmin) AS name FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', ev_class::regclass, xmin) FROM pg_rewrite
    UNION ALL SELECT concat_ws(' ', name, xmin) FROM sql_definitions ORDER BY 1";

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_definition_is_created_anew_and_an_unchanged_one_is_not_touched()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    migrate_with(&database, probe(ONE)).await?;
    let before = names(&database, WRITTEN).await?;
    migrate_with(&database, probe(ONE)).await?;
    assert_eq!(names(&database, WRITTEN).await?, before);
    migrate_with(&database, probe(TWO)).await?;
    let after = names(&database, WRITTEN).await?;
    let changed: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
    assert_eq!(changed.len(), 2, "{changed:?}");
    assert!(
        changed.iter().all(|line| line.starts_with("probe ")),
        "{changed:?}"
    );
    assert_eq!(database.count("SELECT probe() AS count").await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_definition_that_a_migration_has_dropped_is_created_again() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    database
        .sql("DROP VIEW rate_limits, current_usage, current_meters; DROP FUNCTION next_reset")
        .await?;
    product::migrate(&database.address()?).await?;
    assert_eq!(
        database
            .count("SELECT count(*) AS count FROM current_usage")
            .await?,
        0
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_definition_is_named_and_none_is_created() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    migrate_with(&database, probe(ONE)).await?;
    let before = names(&database, WRITTEN).await?;
    // It comes behind `probe`, which it names.
    let broken = Definition {
        name: "broken",
        text: "CREATE FUNCTION broken() RETURNS BIGINT RETURN probe() + missing()",
    };
    let definitions = [product::definitions(), vec![broken, probe(TWO)]].concat();
    let failed = db::migrate(
        &database.address()?,
        true,
        product::MIGRATIONS,
        &definitions,
        &[],
    )
    .await;
    let why = format!("{:?}", failed.expect_err("it is broken"));
    assert!(
        why.contains("the definition broken") && why.contains("missing()"),
        "{why}"
    );
    assert_eq!(names(&database, WRITTEN).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_create_each_definition_once() -> anyhow::Result<()> {
    let database = crate::empty().await?;
    let address = database.address()?;
    let start = || product::migrate(&address);
    tokio::try_join!(start(), start(), start())?;
    let writers = "SELECT count(DISTINCT xmin::text) AS count FROM sql_definitions";
    assert_eq!(database.count(writers).await?, 1);
    Ok(())
}

/// What the programs have embedded, without the newest migration.
struct PreviousRelease;

impl MigrationSource<Pg> for PreviousRelease {
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<Pg>>>> {
        let mut all: Vec<Box<dyn Migration<Pg>>> = product::MIGRATIONS.migrations()?;
        all.sort_unstable_by(|one, other| one.name().version().cmp(&other.name().version()));
        all.pop();
        Ok(all)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_of_the_previous_release_leaves_the_definitions_of_the_newer_one()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    migrate_with(&database, probe(TWO)).await?;
    db::migrate(
        &database.address()?,
        true,
        PreviousRelease,
        &[probe(ONE)],
        &[],
    )
    .await?;
    assert_eq!(database.count("SELECT probe() AS count").await?, 2);
    Ok(())
}

/// The names of the files in these folders of all crates.
fn files(folder: &str) -> anyhow::Result<BTreeSet<String>> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = BTreeSet::new();
    for of_crate in std::fs::read_dir(crates)? {
        let folder = of_crate?.path().join(folder);
        let entries = std::fs::read_dir(&folder).into_iter().flatten();
        let paths: Vec<PathBuf> = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        let stems = paths
            .iter()
            .filter(|path| path.is_file())
            .filter_map(|path| path.file_stem());
        found.extend(stems.map(|stem| stem.to_string_lossy().into_owned()));
    }
    Ok(found)
}

/// `testkit` applies the folders, the programs what is embedded in them.
#[test]
fn the_embedded_definitions_are_those_of_the_folders() -> anyhow::Result<()> {
    let embedded = product::definitions().into_iter();
    let embedded: BTreeSet<String> = embedded.map(|one| one.name.to_owned()).collect();
    assert_eq!(embedded, files("sql")?);
    Ok(())
}

const FUNCTIONS_AND_VIEWS: &str = "
    SELECT proname::text AS name FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')";

#[tokio::test(flavor = "multi_thread")]
async fn every_function_and_view_is_a_definition_or_is_about_to_be_dropped() -> anyhow::Result<()> {
    let now = names(&crate::migrated().await?, FUNCTIONS_AND_VIEWS).await?;
    let now: BTreeSet<String> = now.into_iter().collect();
    let (definitions, retired) = (files("sql")?, files("sql/retired")?);
    // What is retired may be a column as well.
    let known: BTreeSet<_> = definitions.union(&retired).cloned().collect();
    assert!(
        now.is_subset(&known) && definitions.is_subset(&now),
        "{now:?}"
    );
    // The databases of all tests are without the latter.
    let tested = names(&TestDatabase::create().await?, FUNCTIONS_AND_VIEWS).await?;
    assert_eq!(tested.into_iter().collect::<BTreeSet<_>>(), definitions);
    Ok(())
}
