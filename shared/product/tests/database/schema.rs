//! `shared/schema/src/lib.rs` is written by hand; this compares it with the migrated database.

use testkit::TestDatabase;

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_file_names_the_columns_of_the_database_in_their_order() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let schema = include_str!("../../../schema/src/lib.rs");
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
        let same = database
            .count(&format!(
                "SELECT count(*) AS count FROM (
                     SELECT string_agg(column_name, ',' ORDER BY ordinal_position) AS columns
                     FROM information_schema.columns
                     WHERE table_schema = 'public' AND table_name = '{table}') found
                 WHERE columns = '{written}'"
            ))
            .await?;
        assert_eq!(same, 1, "{table}: the file has {written}");
    }
    Ok(())
}
