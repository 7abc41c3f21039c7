//! Shares: at most so many running jobs, or so many starts a second, for each key, across all
//! processes. A job names its keys ([`crate::jobs::Job::limit_keys`]); what a key may do is
//! configuration. The counting is done in Postgres, by the functions of the migration
//! `jobs_claim`: what runs is counted from the ledger itself, so no counter can drift.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Array, Double, Jsonb, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::config::Env;
use crate::jobs::Queue;

/// The key of a person: so that one who sends a hundred photos does not take all hands.
pub fn of_user(id: Uuid) -> String {
    format!("user:{id}")
}

/// The key of the steps that ask an AI. What each provider may be asked is another matter
/// (`features/ai/gate.rs`): when a job is written nobody knows yet who will be.
pub fn of_ai() -> String {
    "ai".to_owned()
}

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

    pub(crate) fn read(env: &mut Env<'_>) -> Self {
        // None at all would keep every job waiting for ever.
        let mut running = |name, default| {
            let count = env.within(name, default, 1..=1_000_000);
            u32::try_from(count).ok()
        };
        let user = Limit {
            running: running("ANALYSES_RUNNING_PER_USER", 3),
            ..Limit::default()
        };
        let ai_running = running("AI_RUNNING", 64);
        let rate = |per_second, burst| Limit {
            per_second: Some(per_second),
            burst: Some(burst),
            ..Limit::default()
        };
        let ai_rate: f64 = env.or("AI_PER_SECOND", 0.0);
        let ai = Limit {
            running: ai_running,
            per_second: Some(ai_rate),
            burst: Some(ai_rate.ceil() as u32),
        };
        Self::new([
            ("user", user),
            // Both from the Bot API's FAQ, which allows short bursts into one chat.
            ("telegram", rate(env.or("TELEGRAM_PER_SECOND", 30.0), 30)),
            ("chat", rate(env.or("TELEGRAM_CHAT_PER_SECOND", 1.0), 3)),
            ("ai", ai),
        ])
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

    /// How often an attempt for a token makes sense at most, for the waiting of a caller.
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

fn queues(names: Vec<Name>) -> Vec<Queue> {
    names
        .iter()
        .filter_map(|name| Queue::parse(&name.queue))
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
) -> QueryResult<Vec<Queue>> {
    let freed = diesel::sql_query("SELECT jobs_release AS queue FROM jobs_release($1, $2)")
        .bind::<Array<Text>, _>(keys)
        .bind::<Jsonb, _>(limits.as_json());
    Ok(queues(freed.get_results(conn).await?))
}

/// The same for all keys that somebody waits for: after a crash, or with other limits.
///
/// # Errors
/// Those of the database.
pub async fn release_all(conn: &mut AsyncPgConnection, limits: &Limits) -> QueryResult<Vec<Queue>> {
    let freed = diesel::sql_query("SELECT jobs_release_all AS queue FROM jobs_release_all($1)")
        .bind::<Jsonb, _>(limits.as_json());
    Ok(queues(freed.get_results(conn).await?))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &'static str, value: &'static str) -> Result<Limits, crate::config::ConfigError> {
        let lookup = |asked: &str| (asked == name).then(|| value.to_owned());
        let mut env = Env::new(&lookup);
        let limits = Limits::read(&mut env);
        env.finish(limits)
    }

    #[test]
    fn a_limit_that_would_let_nothing_run_is_a_fault_and_a_rate_of_nothing_is_no_rate() {
        for name in ["ANALYSES_RUNNING_PER_USER", "AI_RUNNING"] {
            let told = read(name, "0").expect_err("nothing could run").to_string();
            assert!(told.contains(name), "{told}");
        }
        for rate in ["0", "-1", "inf", "NaN"] {
            let limits = read("TELEGRAM_PER_SECOND", rate).expect("valid");
            assert!(!limits.has_rate("telegram"), "{rate}");
            assert!(limits.has_rate("chat:1"));
        }
    }
}
