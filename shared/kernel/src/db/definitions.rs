//! Functions and views, each as one file with its whole text, `sql/<name>.sql` of the crate that owns
//! it. After the migrations [`super::migrate`] creates those that are missing or have changed; dated
//! migrations hold tables, types and triggers alone. See `docs/adr/0008`.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use crate::error::Error;

/// A function or a view.
#[derive(Clone, Copy, Debug)]
pub struct Definition<'a> {
    /// Its name in the database, and that of its file.
    pub name: &'a str,
    /// `CREATE OR REPLACE …`
    pub text: &'a str,
}

/// The list `DEFINITIONS` of a crate, by the names of its files in `sql/`.
#[macro_export]
macro_rules! definitions {
    ($($name:literal),+ $(,)?) => {
        /// Functions and views that this crate owns.
        pub const DEFINITIONS: &[$crate::db::Definition<'static>] = &[$($crate::db::Definition {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $name, ".sql")),
        }),+];
    };
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Creates those that are missing or have another text, all or none.
pub(super) async fn apply(
    conn: &mut AsyncPgConnection,
    definitions: &[Definition<'_>],
) -> Result<(), Error> {
    conn.transaction(async |conn| {
        let changed = changed(conn, definitions).await?;
        let is_changed = |one: &Definition<'_>| changed.iter().any(|row| row.name == one.name);
        for definition in in_order(definitions).into_iter().filter(is_changed) {
            tracing::info!(name = definition.name, "a function or view is created anew");
            create(conn, definition).await.map_err(|why| {
                Error::internal(format!("the definition {}: {why}", definition.name))
            })?;
        }
        Ok(())
    })
    .await
}

async fn changed(
    conn: &mut AsyncPgConnection,
    definitions: &[Definition<'_>],
) -> diesel::QueryResult<Vec<Name>> {
    let (names, texts): (Vec<_>, Vec<_>) =
        definitions.iter().map(|one| (one.name, one.text)).unzip();
    // A migration may have dropped one that has not changed: with the type of a column, say.
    diesel::sql_query(
        "SELECT given.name FROM unnest($1::text[], $2::text[]) AS given (name, text)
         LEFT JOIN sql_definitions AS known USING (name)
         WHERE known.checksum IS DISTINCT FROM sha256(convert_to(given.text, 'UTF8'))
            OR NOT EXISTS (
                SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
                  AND proname = given.name
                UNION ALL
                SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace
                  AND relname = given.name)",
    )
    .bind::<Array<Text>, _>(names)
    .bind::<Array<Text>, _>(texts)
    .load(conn)
    .await
}

async fn create(
    conn: &mut AsyncPgConnection,
    definition: Definition<'_>,
) -> diesel::QueryResult<()> {
    conn.batch_execute(definition.text).await?;
    diesel::sql_query(
        "INSERT INTO sql_definitions (name, checksum) VALUES ($1, sha256(convert_to($2, 'UTF8')))
         ON CONFLICT (name) DO UPDATE SET checksum = excluded.checksum, applied_at = now()",
    )
    .bind::<Text, _>(definition.name)
    .bind::<Text, _>(definition.text)
    .execute(conn)
    .await
    .map(|_| ())
}

/// Each behind those that it names.
fn in_order<'a>(definitions: &[Definition<'a>]) -> Vec<Definition<'a>> {
    let (mut rest, mut ordered) = (definitions.to_vec(), Vec::new());
    while !rest.is_empty() {
        let stands_alone = |one: &Definition<'_>| !rest.iter().any(|other| names(one, other));
        // Of a circle any may be the first; Postgres says what it misses.
        let next = rest.iter().position(stands_alone).unwrap_or(0);
        ordered.push(rest.remove(next));
    }
    ordered
}

fn names(one: &Definition<'_>, other: &Definition<'_>) -> bool {
    let part_of_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    let code = one.text.lines().filter_map(|line| line.split("--").next());
    let mut words = code.flat_map(|line| line.split(|letter| !part_of_name(letter)));
    one.name != other.name && words.any(|word| word == other.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(definitions: &[(&'static str, &'static str)]) -> Vec<&'static str> {
        let definition = |(name, text): &(&'static str, &'static str)| Definition { name, text };
        let all: Vec<_> = definitions.iter().map(definition).collect();
        in_order(&all).iter().map(|one| one.name).collect()
    }

    #[test]
    fn a_definition_comes_behind_those_that_it_names() {
        let all = [
            ("usage", "SELECT tier(id)\nFROM window_of(id)"),
            ("window_of", "-- see usage\nSELECT 1, tiers"),
            ("tier", "SELECT next_tier(1)"),
            ("next_tier", "SELECT 1"),
        ];
        assert_eq!(order(&all), ["window_of", "next_tier", "tier", "usage"]);
    }

    #[test]
    fn those_that_name_each_other_are_all_there() {
        let all = [("a", "SELECT b()"), ("b", "SELECT a()"), ("c", "SELECT 1")];
        assert_eq!(order(&all), ["c", "a", "b"]);
    }
}
