//! What a session of Postgres would have to remember. A pooler that lends sessions by the transaction has forgotten it by
//! the next statement (ADR 24).

use crate::rooms::{Room, floor_of};
use crate::sources::File;

/// Files that may, and why.
const MAY: &[(&str, &str)] = &[
    (
        "shared/kernel/src/db/migrate/mod.rs",
        "migrations go past a pooler",
    ),
    (
        "shared/kernel/src/db/migrate/patience.rs",
        "migrations go past a pooler",
    ),
    ("shared/kernel/src/db/mod.rs", "the same in all programs"),
    (
        "shared/operators/src/imports/source.rs",
        "the source of an import is another database",
    ),
];

/// What stands elsewhere, and files of the list that need it no more.
pub fn faults(
    rooms: &[Room],
    sources: &dyn Fn(&Room) -> Vec<File>,
    sql_files: &dyn Fn(&Room) -> Vec<(String, String)>,
) -> Vec<String> {
    let in_sources = |room: &Room| {
        let files = sources(room).into_iter();
        let texts = |file: File| {
            let path = file.path;
            let texts = file.named.texts.into_iter();
            texts.map(move |one| (path.clone(), one.text))
        };
        files.flat_map(texts).chain(sql_files(room))
    };
    let lowest = floor_of(rooms, "api");
    let product = rooms
        .iter()
        .filter(|room| room.floor().is_some() && room.floor() <= lowest);
    let of_session = product.flat_map(in_sources);
    let of_session: Vec<_> = of_session.filter(|(_, text)| stays(text)).collect();
    let may = |path: &str| MAY.iter().any(|(known, _)| *known == path);
    let elsewhere = of_session.iter().filter(|(path, _)| !may(path));
    let elsewhere = elsewhere.map(|(path, text)| format!("{path}: {text}"));
    let needed = |path: &str| of_session.iter().any(|(found, _)| found == path);
    let spare = MAY.iter().filter(|(path, _)| !needed(path));
    let spare = spare.map(|(path, _)| format!("{path} needs it no more"));
    elsewhere.chain(spare).collect()
}

/// Whether a statement leaves something behind in its session.
fn stays(text: &str) -> bool {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let sets = text.starts_with("SET ") && has(&[" = ", " TO "]) && !text.starts_with("SET LOCAL ");
    let begins = |word: &&str| text.starts_with(*word);
    sets || ["LISTEN ", "CREATE TEMP"].iter().any(begins)
        || has(&["pg_advisory_lock(", "pg_try_advisory_lock(", " WITH HOLD"])
        || text.split("set_config(").skip(1).any(is_of_session)
}

/// Of the third argument of `set_config`, whichever comes first.
fn is_of_session(arguments: &str) -> bool {
    let arguments = arguments.to_ascii_lowercase();
    let [of_session, of_transaction] = [", false)", ", true)"].map(|end| arguments.find(end));
    of_session.is_some_and(|at| of_transaction.is_none_or(|other| at < other))
}

#[test]
fn what_a_session_keeps_is_found_and_what_ends_with_a_transaction_is_not() {
    for (text, wanted) in [
        ("SET lock_timeout = '1s'", true),
        ("SET LOCAL lock_timeout = '1s'", false),
        ("SELECT pg_advisory_lock($1)", true),
        ("SELECT pg_advisory_xact_lock($1)", false),
        ("SELECT set_config('a', (SELECT b), FALSE)", true),
        (
            "WITH a AS (SELECT set_config('b', 'c', TRUE)) SELECT coalesce(d, false) FROM a",
            false,
        ),
        ("LISTEN news", true),
        ("CREATE TEMPORARY TABLE a (b int)", true),
        ("UPDATE a SET b = 1", false),
    ] {
        assert_eq!(stays(text), wanted, "{text}");
    }
}
