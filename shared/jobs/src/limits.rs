//! Throttles for each limit key, across all processes: a maximum of running jobs, or of starts a
//! second. A job names its keys ([`crate::Job::limit_keys`]); the limits of a key are
//! configuration. Postgres counts, in the functions of `sql/`: it counts
//! running jobs from the ledger itself, so no counter can drift.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Array, Double, Jsonb, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Map, Value, json};

use super::queue::{self, Queue};

/// The limits of each class of keys. The class of a key is the part before its colon.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits(Value);

/// The limit of one class: a maximum running at once, or starts a second, or both.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limit {
    pub running: Option<u32>,
    pub per_second: Option<f64>,
    /// How many may start at once after a pause; default 1.
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

    /// As JSON, for the functions of the database.
    pub fn as_json(&self) -> &Value {
        &self.0
    }

    /// The same limits with half the burst, for optional calls: they leave the other half to the
    /// required ones, which so find a token at once.
    pub fn spare(&self) -> Self {
        let mut rules = self.0.clone();
        for rule in rules.as_object_mut().into_iter().flat_map(Map::values_mut) {
            if let Some(burst) = rule.get("burst").and_then(Value::as_u64) {
                // A burst of one leaves no token for optional calls: half of it rounds to zero.
                rule["burst"] = json!(burst / 2);
            }
        }
        Self(rules)
    }

    /// Whether a key has a rate limit.
    fn has_rate(&self, key: &str) -> bool {
        let class = key.split(':').next().unwrap_or(key);
        let rule = self.0.get(key).or_else(|| self.0.get(class));
        rule.is_some_and(|rule| rule.get("per_second").is_some())
    }

    /// Whether any of the keys has a rate limit.
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

/// Unblocks jobs that wait for these keys, after the end of a job that held them is committed. Returns
/// the queues of the unblocked jobs: wake them.
///
/// # Errors
/// Those of the database; [`release_all`] repeats it some seconds later.
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

/// The same for all keys that jobs wait for: after a crash, or when limits have changed.
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

/// Takes one token of each key with a rate limit, for a further call inside a running job (the claim
/// has taken the token of the first). Returns how long to wait before trying again; zero: taken.
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
