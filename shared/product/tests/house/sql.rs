//! Tables that a statement in SQL names.

/// Words that a statement has in capitals, and no English sentence here.
const KEYWORDS: &[&str] = &[
    "ALTER",
    "CREATE",
    "DELETE",
    "DROP",
    "FROM",
    "INSERT",
    "JOIN",
    "LOCK",
    "RETURNING",
    "SELECT",
    "TRUNCATE",
    "UPDATE",
    "USING",
    "VALUES",
    "WHERE",
];

/// Those of `tables` that the text names, if it is SQL.
pub fn tables_in<'a>(text: &str, tables: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let code = without_texts(text);
    let words = words(&code);
    if !words.iter().any(|word| KEYWORDS.contains(word)) {
        return Vec::new();
    }
    tables.filter(|table| names(&words, table)).collect()
}

fn names(words: &[&str], table: &str) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        // A name that is given, or a column of that name.
        let before = at.checked_sub(1).map(|at| words[at]);
        *word == table && !matches!(before, Some("AS" | "."))
    })
}

/// Words, and points between them.
fn words(code: &str) -> Vec<&str> {
    let part_of_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (mut words, mut rest) = (Vec::new(), code);
    while let Some(first) = rest.chars().next() {
        let end = match part_of_word(first) {
            true => rest
                .find(|letter| !part_of_word(letter))
                .unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (word, after) = rest.split_at(end);
        if part_of_word(first) || word == "." {
            words.push(word);
        }
        rest = after;
    }
    words
}

/// Without comments and without the texts in the statement: `'users'` is not a table.
pub fn without_texts(statement: &str) -> String {
    let lines = statement
        .lines()
        .map(|line| line.split("--").next().unwrap_or(line));
    let code = lines.collect::<Vec<_>>().join("\n");
    let outside = code.split('\'').step_by(2);
    outside.collect::<Vec<_>>().join(" ")
}

#[test]
fn tables_are_found_wherever_a_statement_names_them() {
    let tables = || ["users", "jobs", "plans"].into_iter();
    for (text, found) in [
        ("SELECT 1 FROM users", vec!["users"]),
        ("users WHERE TRUE", vec!["users"]),
        ("FROM public.jobs j, plans", vec!["plans"]),
        ("WITH a AS (SELECT * FROM jobs) DELETE FROM a", vec!["jobs"]),
        ("SELECT count(*) AS jobs, s.plans FROM s", vec![]),
        ("SELECT 'users', jobs_claim() -- plans", vec![]),
        ("all jobs of the users, by their plans", vec![]),
        ("INSERT INTO user_plans SELECT users_id FROM x", vec![]),
    ] {
        assert_eq!(tables_in(text, tables()), found, "{text}");
    }
}
