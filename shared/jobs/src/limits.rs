//! Shares: at most so many running jobs, or so many starts a second, for each key, across all
//! processes. A job names its keys ([`crate::Job::limit_keys`]); what a key may do is
//! configuration. The counting is done in Postgres, by the functions of the migration
//! `jobs_claim`: what runs is counted from the ledger itself, so no counter can drift.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Array, Double, Jsonb, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Map, Value, json};

use super::queue::{self, Queue};

/// What the keys of each class may do. The class of a key stands before its colon.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits(Value);

/// One class: at most so many running at once, or so many a second, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limit {
    pub running: Option<u32>,
    pub per_second: Option<f64>,
    /// How many may start at once after a pause; 1 if none is given.
    pub burst: Option<u32>,
}

impl Limits {
    /// Limits for classes, or for single keys.
    pub fn new<'a>(classes: impl IntoIterator<Item = (&'a str, Limit)>) -> Self {
        let mut all = Map::new();
        for (class, limit) in classes {
            let mut rule = Map::new();
            if let Some(running) = limit.running {
                rule.insert("running".to_owned(), json!(running));
            }
            if let Some(rate) = limit
                .per_second
                .filter(|rate| *rate > 0.0 && rate.is_finite())
            {
                rule.insert("per_second".to_owned(), json!(rate));
                rule.insert("burst".to_owned(), json!(limit.burst.unwrap_or(1).max(1)));
            }
            if !rule.is_empty() {
                all.insert(class.to_owned(), Value::Object(rule));
            }
        }
        Self(Value::Object(all))
    }

    /// As the functions of the database take it.
    pub fn as_json(&self) -> &Value {
        &self.0
    }

    /// The same with half the bursts: for calls that are nice to have. They leave the other half for
    /// those that matter, which so find a token at once.
    pub fn spare(&self) -> Self {
        let mut rules = self.0.clone();
        for rule in rules.as_object_mut().into_iter().flat_map(Map::values_mut) {
            if let Some(burst) = rule.get("burst").and_then(Value::as_u64) {
                // Of one token none is to spare: half a burst below one is never there.
                rule["burst"] = json!(burst / 2);
            }
        }
        Self(rules)
    }

    /// Whether a key has a rate here.
    fn has_rate(&self, key: &str) -> bool {
        let class = key.split(':').next().unwrap_or(key);
        let rule = self.0.get(key).or_else(|| self.0.get(class));
        rule.is_some_and(|rule| rule.get("per_second").is_some())
    }

    /// Whether any of the keys has a rate here.
    pub fn any_rate(&self, keys: &[String]) -> bool {
        keys.iter().any(|key| self.has_rate(key))
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    queue: String,
}

fn named(names: Vec<Name>, queues: &[Queue]) -> Vec<Queue> {
    names
        .iter()
        .filter_map(|name| queue::find(queues, &name.queue))
        .collect()
}

/// Lets jobs that waited for these keys back into the line, after one that held them has ended
/// and that is committed. Returns the queues that got some: wake them.
///
/// # Errors
/// Those of the database; [`release_all`] makes good for it some seconds later.
pub async fn release(
    conn: &mut AsyncPgConnection,
    keys: &[String],
    limits: &Limits,
    queues: &[Queue],
) -> QueryResult<Vec<Queue>> {
    let freed = diesel::sql_query("SELECT jobs_release AS queue FROM jobs_release($1, $2)")
        .bind::<Array<Text>, _>(keys)
        .bind::<Jsonb, _>(limits.as_json());
    Ok(named(freed.get_results(conn).await?, queues))
}

/// The same for all keys that jobs wait for: after a crash, or with other limits.
///
/// # Errors
/// Those of the database.
pub async fn release_all(
    conn: &mut AsyncPgConnection,
    limits: &Limits,
    queues: &[Queue],
) -> QueryResult<Vec<Queue>> {
    let freed = diesel::sql_query("SELECT jobs_release_all AS queue FROM jobs_release_all($1)")
        .bind::<Jsonb, _>(limits.as_json());
    Ok(named(freed.get_results(conn).await?, queues))
}

#[derive(QueryableByName)]
struct Wait {
    #[diesel(sql_type = Double)]
    wait: f64,
}

/// Takes one token of each key that has a rate, for one more call inside a running job (its claim
/// has paid for the first). Returns how long to wait before asking again; zero: it is taken.
///
/// # Errors
/// Those of the database.
pub async fn take_token(
    conn: &mut AsyncPgConnection,
    keys: &[String],
    limits: &Limits,
) -> QueryResult<Duration> {
    let taken: Wait = diesel::sql_query("SELECT jobs_take_token($1, $2) AS wait")
        .bind::<Array<Text>, _>(keys)
        .bind::<Jsonb, _>(limits.as_json())
        .get_result(conn)
        .await?;
    Ok(Duration::try_from_secs_f64(taken.wait).unwrap_or_default())
}
