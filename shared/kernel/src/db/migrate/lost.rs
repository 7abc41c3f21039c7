//! What a change of the tables takes away.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::found::names;
use crate::error::Error;

/// What a change of the tables takes away.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Lost {
    /// `table` or `table.column`
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Rows of the table, or those in which the column has a value.
    #[diesel(sql_type = BigInt)]
    pub rows: i64,
}

/// `table` and `table.column` of the schema.
pub(super) async fn columns(conn: &mut AsyncPgConnection) -> Result<Vec<String>, Error> {
    let all = "SELECT table_name::text AS name FROM information_schema.tables
            WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
              AND table_name <> '__diesel_schema_migrations'
        UNION ALL
        SELECT table_name || '.' || column_name FROM information_schema.columns
            JOIN information_schema.tables USING (table_schema, table_name)
            WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'
        ORDER BY 1";
    names(conn, all).await
}

/// The same of views: what one shows of a table under its former name is not lost.
pub(super) async fn shown(conn: &mut AsyncPgConnection) -> Result<Vec<String>, Error> {
    let all = "SELECT table_name::text AS name FROM information_schema.views
            WHERE table_schema = current_schema()
        UNION ALL
        SELECT table_name || '.' || column_name FROM information_schema.columns
            JOIN information_schema.views USING (table_schema, table_name)
            WHERE table_schema = current_schema()";
    names(conn, all).await
}

/// What of `before` is not in `after`, with its rows; of a table not its columns too.
pub(super) async fn lost(
    conn: &mut AsyncPgConnection,
    before: &[String],
    after: &[String],
) -> Result<Vec<Lost>, Error> {
    let gone: Vec<&String> = before.iter().filter(|name| !after.contains(name)).collect();
    let mut all = Vec::new();
    for name in &gone {
        let rows = match name.split_once('.') {
            Some((table, _)) if gone.iter().any(|other| *other == table) => continue,
            Some((table, column)) => format!("(SELECT count(\"{column}\") FROM \"{table}\")"),
            None => format!("(SELECT count(*) FROM \"{name}\")"),
        };
        let query = format!("(SELECT '{name}'::text AS name, {rows} AS rows)");
        all.push(diesel::sql_query(query).get_result(conn).await?);
    }
    Ok(all)
}
