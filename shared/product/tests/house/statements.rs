//! The statements in SQL of the product: every text of a source that begins like one, every file of SQL
//! in `src`, and those that are put together when they are needed.

use jobs::personal::Export;
use people::abuse_memory::as_remembered;
use people::privacy::{erase, export};
use product::FEATURES;

use crate::rooms::{Room, floor_of};
use crate::sources::File;
use crate::sql::without_texts;

/// A statement, and where it stands.
#[derive(Debug, PartialEq)]
pub struct Statement {
    pub place: String,
    pub text: String,
}

/// Words that a statement begins with.
const BEGINNINGS: &[&str] = &[
    "DELETE", "INSERT", "MERGE", "SELECT", "TABLE", "UPDATE", "VALUES", "WITH",
];

type Texts = fn() -> Vec<String>;

/// Files that put statements together, with these statements.
const PUT_TOGETHER: &[(&str, Texts)] = &[
    ("shared/jobs/src/operate/look.rs", jobs::operate::statements),
    ("shared/people/src/privacy/erase.rs", || {
        let jobs = [erase::WAIT, erase::PASS_OVER].map(erase::of_jobs);
        let parts = FEATURES.iter().map(|feature| feature.personal.erasure);
        let parts = parts.flat_map(|one| one.stop.iter().chain(one.ahead).chain(one.statements));
        let parts = parts.map(|part| erase::as_person(part));
        jobs.into_iter().flatten().chain(parts).collect()
    }),
    ("shared/people/src/abuse_memory.rs", || {
        let parts = FEATURES.iter().map(|feature| feature.personal.erasure);
        let parts = parts.flat_map(|one| one.remember.iter().chain(one.recall));
        parts.map(|part| as_remembered(part)).collect()
    }),
    ("shared/people/src/organizations/queries.rs", || {
        let parts = FEATURES.iter().map(|feature| feature.personal.erasure);
        let parts = parts.flat_map(|one| one.of_organizations);
        parts.map(|part| (*part).to_owned()).collect()
    }),
    ("shared/people/src/belongings.rs", || {
        people::belongings::statements(FEATURES)
    }),
    ("shared/people/src/privacy/export.rs", || {
        let exports = FEATURES.iter().map(|feature| feature.personal.export);
        let pages = |one: Export| {
            let lists = one.lists.iter().map(export::rows_query);
            let files = one.files.iter().map(export::files_query);
            lists.chain(files).collect::<Vec<_>>()
        };
        exports.flat_map(pages).collect()
    }),
];

/// Those of all crates up to the binaries.
pub fn all(
    rooms: &[Room],
    sources: &dyn Fn(&Room) -> Vec<File>,
    sql_files: &dyn Fn(&Room) -> Vec<(String, String)>,
) -> Vec<Statement> {
    let lowest = floor_of(rooms, "api");
    let product = rooms
        .iter()
        .filter(|room| room.floor().is_some() && room.floor() <= lowest);
    let of_room = |room: &Room| {
        let beside = sql_files(room).into_iter();
        let beside = beside.filter(|(path, _)| path.starts_with(&format!("{}/src/", room.path)));
        let beside = beside.map(|(place, text)| Statement { place, text });
        of_files(&sources(room))
            .into_iter()
            .chain(beside)
            .collect::<Vec<_>>()
    };
    let put_together = PUT_TOGETHER.iter().flat_map(|(path, texts)| {
        let place = (*path).to_owned();
        texts().into_iter().map(move |text| Statement {
            place: place.clone(),
            text,
        })
    });
    product.flat_map(of_room).chain(put_together).collect()
}

/// Those that stand whole in these files. What has a hole for `format!` to fill is a part of one of
/// [`PUT_TOGETHER`], or else left for Postgres to refuse.
fn of_files(files: &[File]) -> Vec<Statement> {
    let mut found = Vec::new();
    for file in files {
        let has_others = PUT_TOGETHER.iter().any(|(path, _)| *path == file.path);
        let texts = file.named.texts.iter().filter(|one| begins(&one.text));
        let is_part = |text: &str| {
            has_others && has_hole(text) || is_feature(&file.path) && !text.starts_with("SELECT")
        };
        let whole = texts.filter(|one| !is_part(&one.text));
        found.extend(whole.map(|one| Statement {
            place: format!("{}:{}", file.path, one.line),
            text: one.text.clone(),
        }));
    }
    found
}

/// Whether a file declares a feature: its UPDATEs and DELETEs are parts of the erasure.
fn is_feature(path: &str) -> bool {
    path.ends_with("/src/feature.rs")
}

fn begins(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let is_first = words.next().is_some_and(|word| BEGINNINGS.contains(&word));
    is_first && words.next().is_some()
}

fn has_hole(text: &str) -> bool {
    without_texts(text).contains('{')
}

#[test]
fn statements_are_found_in_constants_calls_lists_and_macros_and_nowhere_else() {
    let source = r##"
        const A: &str = "SELECT a";
        fn f() { sql_query("UPDATE b\n SET c = '{}'"); with!(r#"WITH d AS (SELECT e)"#, 1) }
        const G: &[&str] = &["DELETE FROM g", "a SELECT", "SELECT", "Update h"];
        #[cfg(test)] const I: &str = "SELECT i";
        fn j() { format!("INSERT INTO {} VALUES (1)", k) }
    "##;
    let files = crate::sources::planted(&[("lib.rs", source)]);
    let found = of_files(&files);
    let texts: Vec<&str> = found.iter().map(|one| one.text.as_str()).collect();
    let expected = [
        "SELECT a",
        "UPDATE b  SET c = '{}'",
        "WITH d AS (SELECT e)",
        "DELETE FROM g",
        "INSERT INTO {} VALUES (1)",
    ];
    assert_eq!(texts, expected);
    assert_eq!(found[0].place, "lib.rs:2");
}
