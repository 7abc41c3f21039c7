//! Each migration can be reverted, and keeps what an older version wrote.

use std::path::{Path, PathBuf};

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use testkit::TestDatabase;

/// `testkit` applies the folder, the programs what is embedded in them.
#[test]
fn the_embedded_migrations_are_those_of_the_folder() -> anyhow::Result<()> {
    let embedded: Vec<Box<dyn Migration<Pg>>> = product::MIGRATIONS
        .migrations()
        .map_err(|why| anyhow::anyhow!("{why}"))?;
    let mut embedded: Vec<String> = embedded.iter().map(|one| one.name().to_string()).collect();
    embedded.sort_unstable();
    let folders = migrations_since("")?;
    let name = |folder: &PathBuf| Some(folder.file_name()?.to_str()?.to_owned());
    let folders: Vec<String> = folders.iter().filter_map(name).collect();
    assert_eq!(embedded, folders, "touch shared/product/src/migrations.rs");
    Ok(())
}

/// The folders of all migrations from this one on, in their order.
fn migrations_since(first: &str) -> anyhow::Result<Vec<PathBuf>> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let since = all.join(first);
    let mut folders: Vec<_> = std::fs::read_dir(all)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    folders.retain(|folder| *folder >= since);
    folders.sort();
    Ok(folders)
}

async fn take_back(conn: &mut AsyncPgConnection, migrations: &[PathBuf]) -> anyhow::Result<()> {
    for folder in migrations.iter().rev() {
        conn.batch_execute(&std::fs::read_to_string(folder.join("down.sql"))?)
            .await?;
    }
    Ok(())
}

async fn apply(conn: &mut AsyncPgConnection, migrations: &[PathBuf]) -> anyhow::Result<()> {
    for folder in migrations {
        conn.batch_execute(&std::fs::read_to_string(folder.join("up.sql"))?)
            .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_migration_can_be_taken_back() -> anyhow::Result<()> {
    let database = crate::migrated().await?;
    let all = migrations_since("")?;
    let mut conn = database.connect().await?;
    take_back(&mut conn, &all).await?;
    let left = "SELECT count(*) AS count FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                WHERE nspname = 'public' AND relkind = 'r' AND relname <> '__diesel_schema_migrations'";
    assert_eq!(database.count(left).await?, 0);
    apply(&mut conn, &all).await
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_were_read_twice_do_not_stand_in_the_way_of_an_upgrade() -> anyhow::Result<()>
{
    let database = crate::migrated().await?;
    let later = migrations_since("20261121120700_analyses_widen")?;
    let mut conn = database.connect().await?;
    take_back(&mut conn, &later).await?;
    conn.batch_execute(
        "INSERT INTO users (telegram_id) VALUES (7);
         INSERT INTO analysis_history (user_id, message_id, input_type, user_text)
         SELECT id, 5, 'text', 'x' FROM users, generate_series(1, 3)",
    )
    .await?;
    apply(&mut conn, &later).await?;
    let all = "SELECT count(*) AS count FROM analysis_history";
    assert_eq!(database.count(all).await?, 3);
    let named = format!("{all} WHERE message_id = 5");
    assert_eq!(database.count(&named).await?, 1);
    Ok(())
}

/// Calls of a reading: one that has ended and cost 5, and one that is open.
const CALLS_OF_BEFORE: &str = "
    INSERT INTO users (telegram_id) VALUES (7);
    INSERT INTO analysis_history (user_id, input_type, user_text) SELECT id, 'text', 'x' FROM users;
    INSERT INTO paid_calls (id, job_id, key, provider, attempt, state, answer, ended_at, analysis_id,
        user_id, cost_micro_usd)
    SELECT gen_random_uuid(), gen_random_uuid(), 'one', 'x', 1, 'answered', '{}', now(), id, user_id, 5
    FROM analysis_history;
    INSERT INTO paid_calls (id, job_id, key, provider, attempt, analysis_id, user_id,
        reserved_micro_usd)
    SELECT gen_random_uuid(), gen_random_uuid(), 'two', 'x', 1, id, user_id, 9 FROM analysis_history";

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_call_of_the_previous_version_is_found_by_its_subject() -> anyhow::Result<()> {
    let database = crate::migrated().await?;
    let mut later = migrations_since("20261129100000_ai_name_subjects")?;
    let mut conn = database.connect().await?;
    // Until then a trigger settles the calls of processes of the version before.
    let settles = later
        .iter()
        .position(|one| one.ends_with("20261130020122_ai_drop_retired"));
    take_back(
        &mut conn,
        &later.split_off(settles.expect("that migration")),
    )
    .await?;
    let cost = "SELECT (cost_usd * 1000000)::BIGINT AS count FROM analysis_history";
    let spent = "SELECT sum(spent_micro_usd)::BIGINT AS count FROM ai_budgets WHERE scope = 'all'";
    take_back(&mut conn, &later).await?;
    conn.batch_execute(CALLS_OF_BEFORE).await?;
    assert_eq!(
        (database.count(cost).await?, database.count(spent).await?),
        (5, 5)
    );
    apply(&mut conn, &later).await?;
    let found = "SELECT count(*) AS count FROM paid_calls JOIN analysis_history AS a
                 ON subject_kind = 'analysis' AND subject_id = a.id";
    assert_eq!(database.count(found).await?, 2);
    // The open one ends after the upgrade: its reservation counts, once.
    let ends = "UPDATE paid_calls SET state = 'unknown', ended_at = now(), doubted_at = now()
                WHERE state = 'intent'";
    conn.batch_execute(ends).await?;
    assert_eq!(
        (database.count(cost).await?, database.count(spent).await?),
        (14, 14)
    );
    // The same after a step back.
    take_back(&mut conn, &later).await?;
    let of_reading = "SELECT count(*) AS count FROM paid_calls JOIN analysis_history AS a
                      ON analysis_id = a.id";
    assert_eq!(database.count(of_reading).await?, 2);
    conn.batch_execute("UPDATE paid_calls SET cost_micro_usd = 1 WHERE key = 'two'")
        .await?;
    assert_eq!(
        (database.count(cost).await?, database.count(spent).await?),
        (6, 6)
    );
    apply(&mut conn, &later).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_triggers_lock_the_budgets_before_a_reading() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    // Postgres fires the triggers of one event in the order of their names.
    let first = "SELECT count(*) AS count FROM (
                     SELECT min(tgname) AS name FROM pg_trigger
                     WHERE tgrelid = 'paid_calls'::regclass AND NOT tgisinternal) AS first
                 WHERE name = 'paid_calls_count'";
    assert_eq!(database.count(first).await?, 1);
    Ok(())
}
