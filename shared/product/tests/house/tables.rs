//! Which tables a crate names: in diesel's paths, in its derives, in texts of SQL and in its files of SQL.

use std::collections::BTreeSet;

use crate::named::Named;
use crate::owners::owned;
use crate::rooms::{NAME_ALL_TABLES, Room, floor_of};
use crate::sources::File;
use crate::sql;

/// Tables of crates that do not stand above this one. Files of SQL come with their path and text.
pub fn faults(
    room: &Room,
    rooms: &[Room],
    files: &[File],
    sql_files: &[(String, String)],
) -> Vec<String> {
    let Some(own) = room.floor() else {
        return Vec::new();
    };
    if NAME_ALL_TABLES.contains(&room.name) {
        return Vec::new();
    }
    let mut faults = Vec::new();
    for file in files {
        for (line, table) in named(&file.named) {
            let refusal = refusal(&table, room.name, own, rooms);
            faults.extend(refusal.map(|why| format!("{}:{line}: {table} {why}", file.path)));
        }
    }
    for (path, text) in sql_files {
        for table in sql::tables_in(text, owned().map(|(_, table)| table)) {
            let refusal = refusal(table, room.name, own, rooms);
            faults.extend(refusal.map(|why| format!("{path}: {table} {why}")));
        }
    }
    faults
}

fn refusal(table: &str, crate_name: &str, own: u8, rooms: &[Room]) -> Option<String> {
    if table == "*" {
        return Some("of the schema: name the tables".to_owned());
    }
    let (owner, _) = owned().find(|(_, name)| *name == table)?;
    let floor = floor_of(rooms, owner).expect("an owner is a room");
    (owner != crate_name && floor >= own)
        .then(|| format!("is of {owner}, which does not stand above {crate_name}"))
}

/// Tables and the lines that name them.
pub fn named(named: &Named) -> BTreeSet<(usize, String)> {
    let is_table = |name: &str| owned().any(|(_, table)| table == name);
    let mut found = BTreeSet::new();
    for path in &named.paths {
        found.extend(in_path(&path.parts, &is_table).map(|table| (path.line, table)));
    }
    for import in &named.imports {
        let mut parts = import.parts.clone();
        if import.name.is_none() {
            parts.push("*".to_owned());
        }
        found.extend(in_path(&parts, &is_table).map(|table| (import.line, table)));
    }
    for name in &named.table_names {
        found.insert((name.line, name.text.clone()));
    }
    for text in &named.texts {
        let tables = sql::tables_in(&text.text, owned().map(|(_, table)| table));
        found.extend(
            tables
                .into_iter()
                .map(|table| (text.line, table.to_owned())),
        );
    }
    found
}

/// `schema::users`, `schema::*`, and `users::table` where the schema was brought in elsewhere.
fn in_path(parts: &[String], is_table: &dyn Fn(&str) -> bool) -> Option<String> {
    let pair = |pair: &[String]| match [pair[0].as_str(), pair[1].as_str()] {
        ["schema", name] if name == "*" || is_table(name) => Some(name.to_owned()),
        [name, "table" | "dsl"] if is_table(name) => Some(name.to_owned()),
        _ => None,
    };
    parts.windows(2).find_map(pair)
}

#[cfg(test)]
fn caught(crate_name: &str, source: &str) -> Vec<String> {
    use crate::{rooms::ROOMS, sources::planted};
    let room = ROOMS
        .iter()
        .find(|room| room.name == crate_name)
        .expect("a room");
    faults(room, ROOMS, &planted(&[("lib.rs", source)]), &[])
}

#[test]
fn a_table_of_a_floor_below_is_caught_in_a_file_of_sql() {
    use crate::rooms::ROOMS;
    let room = ROOMS.iter().find(|room| room.name == "people");
    let text = "-- of payments\nCREATE FUNCTION f() AS $$ SELECT 1 FROM users, payments; $$";
    let file = ("people/sql/f.sql".to_owned(), text.to_owned());
    assert_eq!(
        faults(room.expect("a room"), ROOMS, &[], &[file]),
        ["people/sql/f.sql: payments is of money, which does not stand above people"]
    );
}

#[test]
fn a_table_of_a_floor_below_is_caught_however_it_is_named() {
    for source in [
        "use schema::payments;",
        "use schema::{users, payments::dsl::*};",
        "use schema::payments as p;",
        "fn f() { schema::payments::table; }",
        "fn f() { payments::table; }",
        "#[derive(Insertable)] #[diesel(table_name = payments)] struct P;",
        "#[derive(Insertable)] #[diesel(table_name = schema::payments)] struct P;",
        "const S: &str = \"UPDATE payments SET user_id = NULL\";",
        "const S: &str = r#\"SELECT 1\nFROM users, payments\"#;",
        "fn f() { format!(\"{A} JOIN payments USING (user_id)\"); }",
        "use schema::*;",
    ] {
        assert_eq!(caught("people", source).len(), 1, "{source}");
    }
    let faults = caught("people", "\nuse schema::payments;");
    assert_eq!(
        faults,
        ["lib.rs:2: payments is of money, which does not stand above people"]
    );
}

#[test]
fn own_tables_and_those_above_may_be_named_and_words_are_not_tables() {
    for source in [
        "use schema::{users, jobs, audit_logs};",
        "const S: &str = \"SELECT 1 FROM users JOIN api_keys USING (id)\";",
        "const S: &str = \"the payments of a person\";",
        "use crate::payments::queries;",
        "/// FROM payments\nfn f() {}",
        "#[cfg(test)] mod tests { use schema::payments; }",
    ] {
        assert_eq!(caught("people", source), Vec::<String>::new(), "{source}");
    }
    for all in ["product", "worker"] {
        assert_eq!(caught(all, "use schema::payments;"), Vec::<String>::new());
    }
}
