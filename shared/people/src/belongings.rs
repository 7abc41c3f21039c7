//! What a person would lose without their last way in: asked of all tables of all features, each of which says what its
//! rows are worth ([`kernel::tables::Loss`]). A table that says nothing counts.

use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use jobs::Feature;
use kernel::tables::{Loss, Rows};
use uuid::Uuid;

/// A column that names a person, or their own account, which has the same id.
#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
}

/// The columns of these tables that refer to a person or an account.
const REFERENCES: &str = "SELECT relname::text AS table_name, quote_ident(attname) AS column_name
     FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
     JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
     WHERE contype = 'f' AND confrelid IN ('users'::regclass, 'accounts'::regclass)
       AND relname::text = ANY ($1::text[]) ORDER BY relname, attnum";

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    table_name: String,
}

/// The first table with something that the person would lose; `None`: there is nothing.
///
/// # Errors
/// Those of the database.
pub async fn first(
    conn: &mut AsyncPgConnection,
    features: &[Feature],
    id: Uuid,
) -> QueryResult<Option<String>> {
    let losses: Vec<(&str, &str)> = losses(features).collect();
    let names: Vec<&str> = losses.iter().map(|(name, _)| *name).collect();
    let references: Vec<Reference> = diesel::sql_query(REFERENCES)
        .bind::<Array<Text>, _>(names)
        .load(conn)
        .await?;
    let parts = references.iter().filter_map(|one| {
        let (_, condition) = losses.iter().find(|(name, _)| *name == one.table_name)?;
        Some(part(&one.table_name, &one.column_name, condition))
    });
    let query = parts.collect::<Vec<_>>().join(" UNION ALL ") + " LIMIT 1";
    let found: Option<Found> = diesel::sql_query(query)
        .bind::<SqlUuid, _>(id)
        .get_result(conn)
        .await
        .optional()?;
    Ok(found.map(|found| found.table_name))
}

/// Asks one of them.
fn part(table: &str, column: &str, condition: &str) -> String {
    format!(
        "SELECT '{table}' AS table_name WHERE EXISTS (
             SELECT FROM {table} WHERE {column} = $1 AND ({condition}))"
    )
}

/// The statements of this file, for the test that prepares all: by a column that every table has.
pub fn statements(features: &[Feature]) -> Vec<String> {
    let parts = losses(features).map(|(name, condition)| part(name, "tableoid", condition));
    parts.chain([REFERENCES.to_owned()]).collect()
}

/// The tables whose rows count, and those of them that do.
fn losses(features: &[Feature]) -> impl Iterator<Item = (&'static str, &'static str)> {
    let tables = features.iter().flat_map(|feature| feature.tables);
    tables.filter_map(|table| match (table.rows, table.loss) {
        (Rows::OfPersons(..), Loss::Rows) => Some((table.name, "TRUE")),
        (Rows::OfPersons(..), Loss::RowsWith(condition)) => Some((table.name, condition)),
        _ => None,
    })
}
