//! What `symancy migrate` and the start of a program do to the table of versions.

use diesel_async::SimpleAsyncConnection;
use kernel::db::{self, DbConfig, Lost};
use product::MIGRATIONS;
use testkit::database::Login;
use testkit::eventually;

const ALL: &str = "SELECT count(*) AS count FROM __diesel_schema_migrations";

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_changes_nothing_and_what_is_taken_back_can_be_applied_again() -> anyhow::Result<()>
{
    let database = crate::migrated().await?;
    let address = database.address()?;
    let all = database.count(ALL).await?;
    let (found, lost) = db::plan(&address, MIGRATIONS, None).await?;
    assert_eq!(
        (found.pending.len(), found.applied.len() as i64, lost),
        (0, all, vec![])
    );
    // As far back as the table of the definitions, which holds rows.
    let back = found
        .applied
        .iter()
        .rev()
        .position(|name| name.contains("kernel_remember_definitions"));
    let back = back.expect("that migration") + 1;
    let definitions = database
        .count("SELECT count(*) AS count FROM sql_definitions")
        .await?;
    let (_, lost) = db::plan(&address, MIGRATIONS, Some(back)).await?;
    let table = Lost {
        name: "sql_definitions".to_owned(),
        rows: definitions,
    };
    assert!(lost.contains(&table) && definitions > 0, "{lost:?}");
    assert!(
        !lost
            .iter()
            .any(|one| one.name.starts_with("sql_definitions.")),
        "{lost:?}"
    );
    assert!(
        lost.iter().any(|one| one.name == "jobs.subject_id"),
        "{lost:?}"
    );
    assert_eq!(database.count(ALL).await?, all);

    let mut expected: Vec<String> = found.applied.iter().rev().take(back).cloned().collect();
    assert_eq!(db::down(&address, MIGRATIONS, back).await?, expected);
    assert_eq!(database.count(ALL).await?, all - back as i64);
    let (found, lost) = db::plan(&address, MIGRATIONS, None).await?;
    expected.reverse();
    assert_eq!((found.pending, lost), (expected.clone(), vec![]));
    assert_eq!(product::migrate_up(&address).await?, expected);
    assert_eq!(database.count(ALL).await?, all);
    assert_eq!(product::migrate_up(&address).await?, [""; 0]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_is_taken_back_by_its_own_release_alone() -> anyhow::Result<()> {
    let database = crate::migrated().await?;
    let address = database.address()?;
    database
        .sql("INSERT INTO __diesel_schema_migrations (version) VALUES ('20990101000000')")
        .await?;
    let (found, _) = db::plan(&address, MIGRATIONS, None).await?;
    assert_eq!(found.unknown, ["20990101000000"]);
    let why = db::down(&address, MIGRATIONS, 1)
        .await
        .expect_err("newer")
        .to_string();
    assert!(why.contains("newer release (20990101000000"), "{why}");
    // A program of an older release goes on with it.
    product::migrate(&address).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_without_a_record_are_refused_with_a_sentence() -> anyhow::Result<()> {
    let database = crate::empty().await?;
    database.sql("CREATE TABLE users (id INT)").await?;
    let why = product::migrate(&database.address()?)
        .await
        .expect_err("by hand")
        .to_string();
    assert!(why.contains("no record of the migrations"), "{why}");
    let left = "SELECT count(*) AS count FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
    assert_eq!(database.count(left).await?, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_may_not_migrate_starts_on_a_migrated_database_alone() -> anyhow::Result<()>
{
    let database = crate::migrated().await?;
    let config = |address, migrate| DbConfig {
        address,
        pool_size: 1,
        wait: std::time::Duration::from_secs(5),
        migrate,
        even_restored: false,
        replica: None,
    };
    let told_not_to = config(database.address()?, false);
    let login = Login::create(Some("symancy_worker")).await?;
    let address = login
        .url(&database.url)?
        .parse()
        .map_err(anyhow::Error::msg)?;
    let not_allowed = config(address, true);
    product::prepare(&told_not_to).await?;
    product::prepare(&not_allowed).await?;
    db::down(&database.address()?, MIGRATIONS, 1).await?;
    database
        .sql("GRANT SELECT ON __diesel_schema_migrations TO symancy_worker")
        .await?;
    for config in [told_not_to, not_allowed] {
        let why = product::prepare(&config)
            .await
            .expect_err("one is pending")
            .to_string();
        assert!(
            why.contains("lacks 1 migrations") && why.contains("symancy migrate up"),
            "{why}"
        );
    }
    Ok(())
}

/// A program of the new release starts while one transaction of another is at work, whichever table that
/// has used: it can use all others too, and the release then gets what it changes.
#[tokio::test(flavor = "multi_thread")]
async fn a_release_gives_way_to_the_work_that_goes_on() -> anyhow::Result<()> {
    let database = crate::migrated().await?;
    let all = "SELECT relname::text AS name FROM pg_class WHERE relkind = 'r'
               AND relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%'";
    let tables = crate::rights::names(&mut database.connect().await?, all).await?;
    let guarded =
        "SELECT polrelid::regclass::text AS name FROM pg_policy WHERE polname = 'programs'";
    let guarded = crate::rights::names(&mut database.connect().await?, guarded).await?;
    assert!(guarded.len() > 5, "{guarded:?}");
    let count = "SELECT count(*) AS count FROM pg_policy WHERE polname = 'programs'";
    let waits = "SELECT count(*) AS count FROM pg_locks WHERE NOT granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    for used in &guarded {
        for table in &guarded {
            database
                .sql(&format!("DROP POLICY programs ON {table}"))
                .await?;
        }
        database
            .sql("UPDATE sql_definitions SET checksum = sha256('') WHERE name IN (SELECT viewname FROM pg_views)")
            .await?;
        let mut at_work = database.connect().await?;
        at_work
            .batch_execute(&format!("BEGIN; SELECT FROM {used} LIMIT 0"))
            .await?;
        let address = database.address()?;
        let starts = tokio::spawn(async move { product::migrate(&address).await });
        eventually(async || Ok((database.count(waits).await? > 0).then_some(()))).await?;
        for table in &tables {
            let read = format!("SELECT FROM {table} LIMIT 0");
            let done = at_work.batch_execute(&read).await;
            assert!(done.is_ok(), "{used}, then {table}: {done:?}");
        }
        at_work.batch_execute("COMMIT").await?;
        starts.await??;
        assert_eq!(database.count(count).await?, guarded.len() as i64, "{used}");
    }
    Ok(())
}

/// A plan keeps what it has locked until it ends, so it must not wait with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_plan_gives_way_to_the_work_that_goes_on() -> anyhow::Result<()> {
    let database = crate::migrated().await?;
    let mut at_work = database.connect().await?;
    at_work
        .batch_execute("BEGIN; SELECT FROM jobs LIMIT 0")
        .await?;
    let address = database.address()?;
    let (found, _) = db::plan(&address, MIGRATIONS, None).await?;
    let back = found.applied.iter().rev();
    let back = back
        .take_while(|name| !name.contains("jobs_name_subject"))
        .count()
        + 1;
    let planning = tokio::spawn(async move { db::plan(&address, MIGRATIONS, Some(back)).await });
    let waits = "SELECT count(*) AS count FROM pg_locks WHERE NOT granted
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    eventually(async || Ok((database.count(waits).await? > 0).then_some(()))).await?;
    // Of that it has taken a column before.
    at_work
        .batch_execute("SELECT FROM analysis_history LIMIT 0; COMMIT")
        .await?;
    let (_, lost) = planning.await??;
    assert!(lost.iter().any(|one| one.name == "jobs.subject_id"));
    Ok(())
}
