//! How long statements take, by what they do and to which table: seen below all features, by diesel's
//! instrumentation of each connection. Labels are of two short lists; the text of a statement is none.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use metrics::{Histogram, histogram};

use crate::error::Error;
use crate::telemetry::metrics::Metric;

const QUERY: &str = "db_query_duration_seconds";

/// All of this module.
pub(super) const METRIC: Metric = Metric::histogram(
    QUERY,
    "Database query duration",
    // 0.2 is the objective.
    &[0.01, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0],
);

/// The first words of statements that are a label.
const OPERATIONS: &[&str] = &["select", "insert", "update", "delete", "commit"];

/// What stands for everything else.
const OTHER: &str = "other";

/// As many texts as a thread remembers the histograms of: texts are constants, but for the numbers of
/// arguments that some have.
const REMEMBERED: usize = 2_000;

static TABLES: OnceLock<HashSet<&'static str>> = OnceLock::new();

thread_local! {
    static KNOWN: RefCell<HashMap<Box<str>, Histogram>> = RefCell::default();
}

/// Times the statements of all connections that this process opens from now on. `tables` are the labels;
/// to be called when the recorder of metrics is installed.
///
/// # Errors
/// `Internal` if the instrumentation of connections cannot be set.
pub fn start(tables: impl IntoIterator<Item = &'static str>) -> Result<(), Error> {
    TABLES.get_or_init(|| tables.into_iter().collect());
    set_default_instrumentation(|| Some(Box::new(Stopwatch::default()))).map_err(Error::internal)
}

/// Of one connection. Where several statements are under way at once, only the last is timed.
#[derive(Default)]
struct Stopwatch {
    started: Option<Instant>,
}

impl Instrumentation for Stopwatch {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => self.started = Some(Instant::now()),
            InstrumentationEvent::FinishQuery { query, .. } => {
                if let Some(started) = self.started.take() {
                    let took = Some(started.elapsed());
                    // Only its refusal could fail it, and there is none.
                    let _ = write!(Finished { took }, "{query}");
                }
            }
            _ => {}
        }
    }
}

/// Gets at the text of a statement without a copy: diesel writes it in one piece.
struct Finished {
    took: Option<Duration>,
}

impl Write for Finished {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if let Some(took) = self.took.take() {
            record(text, took);
        }
        Ok(())
    }
}

fn record(text: &str, took: Duration) {
    KNOWN.with_borrow_mut(|known| {
        if let Some(histogram) = known.get(text) {
            return histogram.record(took);
        }
        let table = TABLES.get().map_or(OTHER, |tables| table(text, tables));
        let histogram = histogram!(QUERY, "operation" => operation(text), "table" => table);
        histogram.record(took);
        if known.len() < REMEMBERED {
            known.insert(text.into(), histogram);
        }
    });
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = text.split(move |letter| !is_part(letter));
    words.filter(|word| !word.is_empty())
}

/// What a statement does. One that begins with `WITH` does what it writes, if it writes.
fn operation(text: &str) -> &'static str {
    let known = |word: &str| {
        let same = |one: &&&str| one.eq_ignore_ascii_case(word);
        OPERATIONS.iter().find(same).copied()
    };
    let mut all = words(text);
    let first = all.next().unwrap_or_default();
    if !first.eq_ignore_ascii_case("with") {
        return known(first).unwrap_or(OTHER);
    }
    let mut before = first;
    for word in all {
        // `FOR UPDATE` and `FOR NO KEY UPDATE` only lock.
        let locks = ["for", "key"]
            .iter()
            .any(|one| one.eq_ignore_ascii_case(before));
        if let Some(written) = known(word).filter(|it| *it != "select" && !locks) {
            return written;
        }
        before = word;
    }
    "select"
}

/// The first table that a statement names.
fn table(text: &str, tables: &HashSet<&'static str>) -> &'static str {
    let found = words(text).find_map(|word| tables.get(word));
    found.copied().unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_known_by_what_it_does_and_by_the_first_table_it_names() {
        let tables = HashSet::from(["jobs", "users"]);
        for (text, labels) in [
            (
                "SELECT \"users\".\"id\" FROM \"users\" WHERE \"users\".\"id\" = $1",
                ("select", "users"),
            ),
            (
                "INSERT INTO jobs (id) VALUES ($1) ON CONFLICT DO UPDATE SET id = 1",
                ("insert", "jobs"),
            ),
            (
                "\n    WITH due AS (SELECT id FROM jobs FOR UPDATE SKIP LOCKED)\n UPDATE jobs SET x = 1",
                ("update", "jobs"),
            ),
            (
                "with one as (select 1 from users for no key update) select * from one",
                ("select", "users"),
            ),
            (
                "WITH gone AS (DELETE FROM users RETURNING id) SELECT id FROM gone",
                ("delete", "users"),
            ),
            ("COMMIT", ("commit", "other")),
            ("BEGIN", ("other", "other")),
            ("SET lock_timeout = '10s'", ("other", "other")),
            ("SELECT jobs_of_today()", ("select", "other")),
            ("", ("other", "other")),
        ] {
            assert_eq!((operation(text), table(text, &tables)), labels, "{text}");
        }
    }
}
