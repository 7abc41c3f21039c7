//! Migrations only add, because processes of the release before run on the new tables for a while, and its image is the way
//! back (docs/RELEASES.md). One that takes something away says in a line why no release that may run needs it.

/// The first day on which this holds.
const SINCE: &str = "20261203";
/// Begins the line of a contract step.
const MARK: &str = "-- contract: ";
/// What a process of the release before may need, or cannot know of.
const TAKING: &[&str] = &[
    "DROP TABLE",
    "DROP COLUMN",
    "DROP VIEW",
    "DROP FUNCTION",
    "DROP TYPE",
    "DROP DEFAULT",
    "SET NOT NULL",
    "RENAME ",
];

/// What is wrong with migrations, given with their statements.
pub fn faults(migrations: &[(String, String)]) -> Vec<String> {
    let expanding = migrations.iter().filter(|(name, statements)| {
        name.as_str() >= SINCE && !statements.lines().any(|line| line.starts_with(MARK))
    });
    let found = expanding.flat_map(|(name, statements)| {
        let taken = taken(statements);
        taken.into_iter().map(move |what| format!("{name}: {what}"))
    });
    found.collect()
}

/// What these statements take away or demand.
fn taken(statements: &str) -> Vec<&'static str> {
    let lines = statements
        .lines()
        .map(|line| line.split("--").next().unwrap_or(line));
    let words: Vec<String> = lines
        .flat_map(str::split_whitespace)
        .map(str::to_uppercase)
        .collect();
    let text = words.join(" ");
    let taking = TAKING.iter().copied().filter(|words| text.contains(words));
    // The statement that inserts without it is the earlier one.
    let demanding = text.split(';').flat_map(added_columns);
    let demanding =
        demanding.filter(|column| column.contains("NOT NULL") && !column.contains("DEFAULT"));
    let demanding = demanding.map(|_| "ADD COLUMN with NOT NULL and no DEFAULT");
    let retyped = text
        .split(';')
        .flat_map(|one| one.split("ALTER COLUMN ").skip(1));
    let retyped = retyped.filter(|column| {
        let own = column.split(',').next();
        own.is_some_and(|own| own.contains(" TYPE "))
    });
    let retyped = retyped.map(|_| "ALTER COLUMN TYPE");
    taking.chain(demanding).chain(retyped).collect()
}

/// What stands behind each `ADD COLUMN` of a statement.
fn added_columns(statement: &str) -> impl Iterator<Item = &str> {
    statement.split("ADD COLUMN").skip(1)
}

#[cfg(test)]
fn caught(statements: &str) -> Vec<String> {
    faults(&[(
        "20270101000000_money_widen".to_owned(),
        statements.to_owned(),
    )])
}

#[test]
fn a_migration_that_takes_something_away_is_caught() {
    for statements in [
        "DROP TABLE cups;",
        "ALTER TABLE cups\n    drop  column name;",
        "ALTER TABLE cups RENAME COLUMN name TO title;",
        "ALTER TABLE cups ALTER COLUMN name SET NOT NULL;",
        "ALTER TABLE cups ADD COLUMN size INT NOT NULL;",
        "ALTER TABLE cups ALTER COLUMN size TYPE BIGINT;",
        "ALTER TABLE cups ADD COLUMN a INT DEFAULT 1, ADD COLUMN b INT NOT NULL;",
    ] {
        assert_eq!(caught(statements).len(), 1, "{statements}");
    }
}

#[test]
fn a_migration_that_adds_or_says_why_it_may_take_is_not() {
    for statements in [
        "CREATE TABLE cups (name TEXT NOT NULL);",
        "ALTER TABLE cups ADD COLUMN size INT; -- and never DROP TABLE",
        "ALTER TABLE cups ADD COLUMN size INT NOT NULL DEFAULT 1;",
        "ALTER TABLE cups ALTER COLUMN name DROP NOT NULL;",
        "-- contract: 3.2 has not read it since 3.1\nALTER TABLE cups DROP COLUMN name;",
    ] {
        assert_eq!(caught(statements), Vec::<String>::new(), "{statements}");
    }
    let earlier = "20261202000000_money_widen".to_owned();
    assert_eq!(faults(&[(earlier, "DROP TABLE cups;".to_owned())]).len(), 0);
}
