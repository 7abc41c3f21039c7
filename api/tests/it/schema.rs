//! `shared/src/db/schema.rs` is written by hand; this compares it with the migrated database.

use testkit::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_file_names_the_columns_of_the_database_in_their_order() -> anyhow::Result<()> {
    let app = TestApp::start().await?;
    let schema = include_str!("../../../shared/src/db/schema.rs");
    for block in schema.split("diesel::table! {").skip(1) {
        let (head, body) = block.split_once(") {").expect("a table");
        let last = head.lines().last().expect("a line");
        let table = last.split(" (").next().expect("a name").trim();
        let columns: Vec<&str> = body
            .lines()
            .take_while(|line| *line != "}")
            .filter_map(|line| Some(line.trim().split_once(" -> ")?.0))
            .collect();
        let written = columns.join(",");
        let same = app
            .count(&format!(
                "SELECT count(*) AS count FROM (
                     SELECT string_agg(column_name, ',' ORDER BY ordinal_position) AS columns
                     FROM information_schema.columns
                     WHERE table_schema = 'public' AND table_name = '{table}') found
                 WHERE columns = '{written}'"
            ))
            .await?;
        assert_eq!(same, 1, "{table}: schema.rs has {written}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_migration_can_be_taken_back() -> anyhow::Result<()> {
    use diesel_async::SimpleAsyncConnection;
    let app = TestApp::start().await?;
    let mut folders: Vec<_> =
        std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations"))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
    folders.sort();
    let mut conn = app.db().await?;
    for folder in folders.iter().rev() {
        conn.batch_execute(&std::fs::read_to_string(folder.join("down.sql"))?)
            .await?;
    }
    let left = "SELECT count(*) AS count FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
                WHERE nspname = 'public' AND relkind = 'r' AND relname <> '__diesel_schema_migrations'";
    assert_eq!(app.count(left).await?, 0);
    for folder in &folders {
        conn.batch_execute(&std::fs::read_to_string(folder.join("up.sql"))?)
            .await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_that_were_read_twice_do_not_stand_in_the_way_of_an_upgrade() -> anyhow::Result<()>
{
    use diesel_async::SimpleAsyncConnection;
    let app = TestApp::start().await?;
    let folders = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
    let mut later: Vec<_> = std::fs::read_dir(folders)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    let since = std::path::Path::new(folders).join("20261121120700_analyses_widen");
    later.retain(|folder| *folder >= since);
    later.sort();
    let mut conn = app.db().await?;
    for folder in later.iter().rev() {
        conn.batch_execute(&std::fs::read_to_string(folder.join("down.sql"))?)
            .await?;
    }
    conn.batch_execute(
        "INSERT INTO users (telegram_id) VALUES (7);
         INSERT INTO analysis_history (user_id, message_id, input_type, user_text)
         SELECT id, 5, 'text', 'x' FROM users, generate_series(1, 3)",
    )
    .await?;
    for folder in &later {
        conn.batch_execute(&std::fs::read_to_string(folder.join("up.sql"))?)
            .await?;
    }
    let all = "SELECT count(*) AS count FROM analysis_history";
    assert_eq!(app.count(all).await?, 3);
    let named = format!("{all} WHERE message_id = 5");
    assert_eq!(app.count(&named).await?, 1);
    Ok(())
}
