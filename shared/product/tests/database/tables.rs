//! Every table of the migrated database has one owner, and no table that refers to a person is
//! forgotten when a person asks for a copy of their data, or for its deletion.

use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::tables::{Erasure, Export, Loss, Rows, Table};
use product::FEATURES;
use testkit::TestDatabase;

fn tables() -> impl Iterator<Item = &'static Table> {
    FEATURES.iter().flat_map(|feature| feature.tables)
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

async fn names(conn: &mut AsyncPgConnection, query: &str) -> anyhow::Result<Vec<String>> {
    let rows: Vec<Name> = diesel::sql_query(query).load(conn).await?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

/// A table that refers to another.
#[derive(QueryableByName)]
struct Reference {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    refers_to: String,
    /// Its rows are deleted with those that they refer to.
    #[diesel(sql_type = Bool)]
    cascades: bool,
}

async fn references(conn: &mut AsyncPgConnection) -> anyhow::Result<Vec<Reference>> {
    let query = "SELECT conrelid::regclass::text AS table_name,
                     confrelid::regclass::text AS refers_to, confdeltype = 'c' AS cascades
                 FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace";
    Ok(diesel::sql_query(query).load(conn).await?)
}

/// `users`, and the tables that lead there by references of this kind.
fn leading_to_users(
    references: &[Reference],
    counts: impl Fn(&Reference) -> bool,
) -> BTreeSet<String> {
    let mut found = BTreeSet::from(["users".to_owned()]);
    loop {
        let next = references.iter().find(|reference| {
            counts(reference)
                && found.contains(&reference.refers_to)
                && !found.contains(&reference.table_name)
        });
        match next {
            Some(reference) => found.insert(reference.table_name.clone()),
            None => return found,
        };
    }
}

/// Does the query take rows of this table? A column may have the name of one.
fn reads(query: &str, table: &str) -> bool {
    let part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let words: Vec<&str> = query
        .split(|letter| !part_of_word(letter))
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .any(|pair| matches!(pair[0], "FROM" | "JOIN") && pair[1] == table)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_the_database_has_one_owner() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let found = "SELECT relname::text AS name FROM pg_class
                 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
                   AND NOT relispartition AND relname <> '__diesel_schema_migrations'
                 ORDER BY relname::text COLLATE \"C\"";
    let found = names(&mut database.connect().await?, found).await?;
    let mut listed: Vec<&str> = tables().map(|table| table.name).collect();
    listed.sort_unstable();
    assert_eq!(
        listed, found,
        "the lists of the features on the left, the database on the right"
    );
    Ok(())
}

/// Where an identity moves to another person, [`people::belongings`] asks the columns that refer to a person or to an account.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_would_lose_is_found_in_every_table_or_the_table_says_why_it_is_nothing()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let references = references(&mut conn).await?;
    let direct = |name: &str| {
        let to_person = |one: &&Reference| ["users", "accounts"].contains(&one.refers_to.as_str());
        references
            .iter()
            .filter(to_person)
            .any(|one| one.table_name == name)
    };
    let counts = |name: &str| {
        let table = tables().find(|table| table.name == name);
        table.is_some_and(|table| !matches!(table.loss, Loss::Nothing(_))) && direct(name)
    };
    for Table {
        name, rows, loss, ..
    } in tables()
    {
        let Rows::OfPersons(erasure, _) = rows else {
            continue;
        };
        match (erasure, loss) {
            (Erasure::Outlives(_), _) => {}
            (_, Loss::Nothing(why)) => assert!(!why.is_empty(), "{name}"),
            // Its rows stand with those of a table that is asked.
            _ => assert!(
                direct(name)
                    || references
                        .iter()
                        .any(|one| one.table_name == *name && counts(&one.refers_to)),
                "{name} refers to no person: say with `loses` what is lost with its rows"
            ),
        }
    }
    let anybody = people::belongings::first(&mut conn, FEATURES, uuid::Uuid::nil()).await?;
    assert_eq!(anybody, None, "all its statements are good");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_that_refers_to_a_person_is_erased_and_exported_or_excused()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let references = references(&mut database.connect().await?).await?;
    let refer = leading_to_users(&references, |_| true);
    let cascade = leading_to_users(&references, |reference| reference.cascades);
    for Table { name, rows, .. } in tables() {
        match rows {
            Rows::OfTables => {}
            Rows::Impersonal(why) => assert!(!refer.contains(*name) && !why.is_empty(), "{name}"),
            Rows::OfPersons(erasure, export) => {
                let by_cascade = *name != "users" && cascade.contains(*name);
                match erasure {
                    Erasure::Cascade => assert!(by_cascade, "{name} does not go with the person"),
                    Erasure::Statement => assert!(is_erased(name), "no statement is about {name}"),
                    Erasure::Outlives(why) => {
                        assert!(!refer.contains(*name) && !why.is_empty(), "{name}");
                        assert!(is_pruned(name), "{name} is kept without end");
                    }
                }
                match export {
                    Export::Listed => assert!(is_exported(name), "no export is about {name}"),
                    Export::Excused(why) => {
                        assert!(!is_exported(name) && !why.is_empty(), "{name}")
                    }
                }
            }
        }
    }
    Ok(())
}

/// An erasure deletes along these references: without an index each would read a whole table.
#[tokio::test(flavor = "multi_thread")]
async fn every_reference_that_leads_to_a_person_has_an_index() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let refer = leading_to_users(&references(&mut conn).await?, |_| true);
    let without = "SELECT conrelid::regclass::text AS name FROM pg_constraint AS c
        WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = c.conkey[1])";
    let without = names(&mut conn, without).await?;
    let slow: Vec<&String> = without
        .iter()
        .filter(|table| refer.contains(*table))
        .collect();
    assert_eq!(slow, Vec::<&String>::new());
    Ok(())
}

/// Whether a statement of an erasure is about a table. The last two are `people::privacy::erase` itself.
fn is_erased(table: &str) -> bool {
    let mut statements = FEATURES
        .iter()
        .flat_map(|one| one.personal.erasure.statements);
    statements.any(|statement| is_subject(statement, table)) || ["jobs", "users"].contains(&table)
}

/// Whether a statement deletes rows of a table after a time.
fn is_pruned(table: &str) -> bool {
    let statements = product::prune();
    statements.iter().any(|one| is_subject(one, table))
}

/// Whether a value, list or file of an export is about a table.
fn is_exported(table: &str) -> bool {
    FEATURES
        .iter()
        .map(|one| one.personal.export)
        .any(|export| {
            let values = export.values.iter().map(|value| value.query.to_owned());
            let lists = export.lists.iter();
            let lists = lists.flat_map(|list| [list.row.to_owned(), format!("FROM {}", list.rows)]);
            values.chain(lists).any(|text| reads(&text, table))
        })
}

/// `UPDATE table …` or `DELETE FROM table …`, or the function that does it with more rights.
fn is_subject(statement: &str, table: &str) -> bool {
    if statement.contains(&format!("SELECT {table}_forget(person.id)")) {
        return true;
    }
    let mut words = statement
        .split_whitespace()
        .skip_while(|word| ["UPDATE", "DELETE", "FROM"].contains(word));
    words.next() == Some(table)
}

#[test]
fn references_are_followed_over_other_tables_and_only_those_that_count() {
    let reference = |table: &str, refers_to: &str, cascades| Reference {
        table_name: table.to_owned(),
        refers_to: refers_to.to_owned(),
        cascades,
    };
    let references = [
        reference("steps", "readings", true),
        reference("readings", "users", true),
        reference("payments", "users", false),
        reference("refunds", "payments", true),
        reference("plans", "plans", true),
    ];
    let all = leading_to_users(&references, |_| true);
    assert_eq!(
        all.into_iter().collect::<Vec<_>>(),
        ["payments", "readings", "refunds", "steps", "users"]
    );
    let cascade = leading_to_users(&references, |reference| reference.cascades);
    assert_eq!(
        cascade.into_iter().collect::<Vec<_>>(),
        ["readings", "steps", "users"]
    );
}
