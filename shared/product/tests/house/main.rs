//! The order of the house, read from its sources: which crate may use which, which crate may name
//! which table, that no modules of a crate stand on each other in a circle, and that every statement
//! in SQL fits the tables. The compiler keeps what it can; this is the rest.

mod chat_texts;
mod circles;
mod floors;
mod imports;
mod migrations;
mod named;
mod names;
mod owners;
mod releases;
mod rooms;
mod scan;
mod sessions;
mod sources;
mod sql;
mod statements;
mod tables;
mod workflows;

use std::path::{Path, PathBuf};

use diesel_async::SimpleAsyncConnection;
use rooms::{ROOMS, Room};
use testkit::TestDatabase;

/// The folder of the workspace.
fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let of_workspace = |folder: &&Path| folder.join("Cargo.lock").exists();
    own.ancestors()
        .find(of_workspace)
        .expect("a folder with a Cargo.lock")
}

/// A file by its path in the workspace.
fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(root().join(path)).ok()
}

/// The files of a crate.
fn sources(room: &Room) -> Vec<sources::File> {
    ["lib.rs", "main.rs"]
        .iter()
        .map(|name| format!("{}/src/{name}", room.path))
        .find(|path| root().join(path).exists())
        .map(|path| sources::load(&path, &read))
        .unwrap_or_default()
}

/// The files of SQL of a crate: statements beside their rule in `src`, definitions in `sql`.
fn sql_files(room: &Room) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["sql", "src"] {
        add_sql_files(&root().join(room.path).join(folder), &mut files);
    }
    files.sort();
    files
}

fn add_sql_files(folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            add_sql_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            let name = path.strip_prefix(root()).expect("a file of the workspace");
            let text = std::fs::read_to_string(&path).expect("a text");
            files.push((name.display().to_string(), text));
        }
    }
}

fn none(faults: &[String], rule: &str) {
    assert!(faults.is_empty(), "{rule}:\n\n{}\n", faults.join("\n"));
}

#[test]
fn no_modules_of_a_crate_stand_on_each_other_in_a_circle() {
    let faults: Vec<String> = ROOMS
        .iter()
        .filter(|room| room.circles == rooms::Circles::None)
        .flat_map(|room| circles::faults(&sources(room)))
        .collect();
    none(
        &faults,
        "modules that stand on each other (a module is a file)",
    );
}

#[test]
fn a_crate_uses_only_crates_of_floors_above_it() {
    let faults = floors::faults(ROOMS, &read);
    none(&faults, "a crate uses one that does not stand above it");
}

#[test]
fn every_crate_of_the_workspace_has_a_floor() {
    let manifest = read("Cargo.toml").expect("the workspace's Cargo.toml");
    let faults = floors::unmatched(ROOMS, &manifest);
    none(&faults, "the list of rooms is not that of the workspace");
}

#[test]
fn a_crate_names_only_its_own_tables_and_those_of_floors_above_it() {
    let faults: Vec<String> = ROOMS
        .iter()
        .flat_map(|room| tables::faults(room, ROOMS, &sources(room), &sql_files(room)))
        .collect();
    none(
        &faults,
        "a crate names a table of a crate that does not stand above it",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_fits_the_tables() -> anyhow::Result<()> {
    let database = TestDatabase::create().await?;
    let mut conn = database.connect().await?;
    let mut faults = Vec::new();
    for statement in statements::all(ROOMS, &sources, &sql_files) {
        let prepare = format!("PREPARE one AS {}", statement.text);
        match conn.batch_execute(&prepare).await {
            Ok(()) => conn.batch_execute("DEALLOCATE one").await?,
            Err(why) => faults.push(format!("{}: {why}\n{}", statement.place, statement.text)),
        }
    }
    none(&faults, "Postgres cannot prepare a statement");
    Ok(())
}

#[test]
fn no_statement_needs_what_a_session_remembers() {
    let faults = sessions::faults(ROOMS, &sources, &sql_files);
    none(&faults, "a pooler would forget it");
}

#[test]
fn a_migration_bears_its_feature_and_touches_no_table_below_it() {
    let faults = migrations::faults(&migration_files(), ROOMS);
    none(&faults, "migrations are called <timestamp>_<crate>_<verb>");
}

#[test]
fn a_migration_takes_nothing_that_the_release_before_needs() {
    let faults = releases::faults(&migration_files());
    none(
        &faults,
        "a contract step says why it may (docs/RELEASES.md)",
    );
}

/// Names and statements of all migrations, in order.
fn migration_files() -> Vec<(String, String)> {
    let folder = root().join("migrations");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of migrations")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    let read = |path: &PathBuf| std::fs::read_to_string(path.join("up.sql")).expect("an up.sql");
    let name = |path: &PathBuf| {
        path.file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    };
    folders
        .iter()
        .map(|path| (name(path), read(path)))
        .collect()
}
