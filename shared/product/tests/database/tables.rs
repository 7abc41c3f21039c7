//! Every table of the migrated database has one owner, and no table that refers to a person is
//! forgotten when a person asks for a copy of their data, or for its deletion.

#[path = "../house/owners.rs"]
mod owners;

use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use product::erasure::erase::ERASURES;
use product::erasure::export::SECTIONS;
use testkit::TestDatabase;

/// What becomes of a table's rows of a person.
struct OfPerson {
    table: &'static str,
    erased: Erased,
    exported: Exported,
}

/// When they have everything deleted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Erased {
    /// The rows go with those that they refer to, and so in the end with the person.
    ByCascade,
    /// A statement of the erasure names the table.
    ByStatement,
}

/// When they ask for a copy.
enum Exported {
    /// A list of the export names the table.
    InList,
    /// No list does, for this reason.
    InNone(&'static str),
}

use Erased::{ByCascade, ByStatement};
use Exported::{InList, InNone};

const OF_PERSON: &[OfPerson] = &[
    of_person(
        "users",
        ByStatement,
        InNone("a single row, in `personal_data` and `consents`"),
    ),
    of_person(
        "subscriptions",
        ByCascade,
        InNone("a single row, in `subscription_data`"),
    ),
    of_person("payments", ByStatement, InList),
    of_person(
        "usage_limits",
        ByCascade,
        InNone("counts of the current day and month, which `GET /v1/limits/me` shows"),
    ),
    of_person("analysis_history", ByCascade, InList),
    of_person("analysis_steps", ByCascade, InList),
    of_person("message_context", ByCascade, InList),
    of_person("audit_logs", ByStatement, InList),
    of_person(
        "privacy_requests",
        ByStatement,
        InNone("the request for this very copy, and those before it"),
    ),
];

const fn of_person(table: &'static str, erased: Erased, exported: Exported) -> OfPerson {
    OfPerson {
        table,
        erased,
        exported,
    }
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

/// Does a text of SQL have this word?
fn has_word(text: &str, word: &str) -> bool {
    let part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    text.split(|letter| !part_of_word(letter))
        .any(|part| part == word)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_the_database_has_one_owner() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let found = "SELECT relname::text AS name FROM pg_class
                 WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
                   AND NOT relispartition AND relname <> '__diesel_schema_migrations'
                 ORDER BY relname::text COLLATE \"C\"";
    let found = names(&mut database.connect().await?, found).await?;
    let mut owned: Vec<&str> = owners::owned().map(|(_, table)| table).collect();
    owned.sort_unstable();
    assert_eq!(
        owned, found,
        "owners.rs on the left, the database on the right"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_that_refers_to_a_person_says_how_it_is_erased_and_exported()
-> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let references = references(&mut database.connect().await?).await?;
    let refer = leading_to_users(&references, |_| true);
    let listed: BTreeSet<String> = OF_PERSON.iter().map(|of| of.table.to_owned()).collect();
    assert_eq!(
        listed, refer,
        "OF_PERSON on the left, the database on the right"
    );

    let cascade = leading_to_users(&references, |reference| reference.cascades);
    for OfPerson {
        table,
        erased,
        exported,
    } in OF_PERSON
    {
        let by_cascade = *table != "users" && cascade.contains(*table);
        let by_statement = ERASURES
            .iter()
            .any(|statement| is_subject(statement, table));
        match erased {
            ByCascade => assert!(by_cascade, "{table} is not deleted with the person"),
            ByStatement => assert!(by_statement, "no statement of ERASURES is about {table}"),
        }
        let mut sections = SECTIONS.iter();
        let listed =
            sections.any(|section| has_word(section.row, table) || has_word(section.rows, table));
        match exported {
            InList => assert!(listed, "no list of the export is about {table}"),
            InNone(why) => assert!(!listed && !why.is_empty(), "{table} is in the export"),
        }
    }
    Ok(())
}

/// `UPDATE table …` or `DELETE FROM table …`
fn is_subject(statement: &str, table: &str) -> bool {
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
