//! The partitions of the outbox, and who may make and drop them.

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use kernel::db::DbConfig;
use kernel::tables::Program;
use testkit::TestDatabase;
use testkit::database::Login;

const MONTHS: &str =
    "SELECT count(*) AS count FROM pg_inherits WHERE inhparent = 'events'::regclass";

/// As after a year without a worker.
async fn without_months(database: &TestDatabase) -> anyhow::Result<()> {
    database
        .sql("DO $$ DECLARE one REGCLASS; BEGIN
                  FOR one IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'events'::regclass LOOP
                      EXECUTE 'DROP TABLE ' || one;
                  END LOOP; END $$")
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_starts_makes_the_months_if_it_may() -> anyhow::Result<()> {
    let database = crate::migrated().await?;
    product::migrate(&database.address()?).await?;
    without_months(&database).await?;
    product::migrate(&database.address()?).await?;
    assert_eq!(database.count(MONTHS).await?, 4);
    without_months(&database).await?;
    product::migrate_up(&database.address()?).await?;
    assert_eq!(database.count(MONTHS).await?, 4);
    for (program, months) in [(Program::Api, 0), (Program::Worker, 4)] {
        without_months(&database).await?;
        let login = Login::create(Some(program.role())).await?;
        let url = login.url(&database.url)?;
        let config = DbConfig {
            address: url.parse().map_err(anyhow::Error::msg)?,
            pool_size: 1,
            wait: std::time::Duration::from_secs(5),
            migrate: true,
            even_restored: false,
            replica: None,
        };
        product::prepare(&config).await?;
        assert_eq!(database.count(MONTHS).await?, months, "{program:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_adds_events_and_the_worker_severs_them_and_neither_deletes_one()
-> anyhow::Result<()> {
    let database = crate::migrated().await?;
    for program in Program::ALL {
        let login = Login::create(Some(program.role())).await?;
        let mut conn = AsyncPgConnection::establish(&login.url(&database.url)?).await?;
        conn.batch_execute(
            "INSERT INTO events (id, name, version, data) VALUES (gen_random_uuid(), 'bell.rang', 1, '{}')",
        )
        .await?;
        let is_worker = program == Program::Worker;
        for (statement, may) in [
            ("UPDATE events SET user_id = NULL", is_worker),
            ("SELECT events_drop_months(12)", is_worker),
            ("SELECT events_make_months(now(), 3)", is_worker),
            ("DELETE FROM events", false),
            ("TRUNCATE events", false),
        ] {
            let done = conn.batch_execute(statement).await;
            assert_eq!(done.is_ok(), may, "{program:?} {statement}: {done:?}");
        }
    }
    Ok(())
}
