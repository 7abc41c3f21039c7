//! Counts of how the accepted jobs ended.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use ::jobs::{Job, JobState};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::db::Pool;
use probes::jobs::Probe;
use schema::{jobs, probe_results};
use uuid::Uuid;

use super::{Order, Sent};

/// Counts of violations. `accepted` and, where workers are killed, `spent` may be more than 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub accepted: usize,
    /// Did not end as its script says.
    pub lost: usize,
    /// Its result was applied more than once.
    pub twice: usize,
    /// Its result was applied by another worker than the one that ended the job.
    pub fenced_out: usize,
    /// Jobs of any kind that are still queued or running.
    pub stuck: i64,
    /// Dead, though its script does not give up.
    pub dead: usize,
    /// More attempts than allowed, plus the one in which it is buried.
    pub overspent: usize,
    /// More than one attempt, though its script does not fail.
    pub spent: usize,
}

impl Tally {
    /// Compares what was sent with the ledger and the results, after [`drained`].
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(conn: &mut AsyncPgConnection, sent: &Sent) -> anyhow::Result<Self> {
        let (ends, results) = (ends(conn).await?, results(conn).await?);
        let mut tally = Self {
            stuck: live(conn).await?,
            ..Self::default()
        };
        let committed = |order: &&Order| ends.contains_key(&order.probe);
        let unclear = sent.unclear.iter().filter(committed);
        for order in sent.accepted.iter().chain(unclear) {
            let none = Vec::new();
            let applied = results.get(&order.probe).unwrap_or(&none);
            tally.add(order, ends.get(&order.probe), applied);
        }
        Ok(tally)
    }

    fn add(&mut self, order: &Order, end: Option<&End>, applied: &[String]) {
        self.accepted += 1;
        self.twice += usize::from(applied.len() > 1);
        let Some(end) = end else {
            self.lost += 1;
            return;
        };
        let died = end.state == JobState::Dead;
        let reached = if order.dies { died } else { applied.len() == 1 };
        self.lost += usize::from(!reached && applied.len() < 2);
        // One transaction writes result and end, so both name the same worker.
        let foreign = |worker: &String| end.worker.as_ref() != Some(worker);
        self.fenced_out += usize::from(applied.iter().any(foreign));
        self.dead += usize::from(died && !order.dies);
        self.overspent += usize::from(end.attempt > end.max_attempts + 1);
        self.spent += usize::from(end.attempt > 1 && !order.fails);
    }

    /// The violations, in words. `spent` is for the caller to judge.
    pub fn broken(&self) -> Vec<String> {
        let counts = [
            (self.lost as i64, "lost"),
            (self.twice as i64, "applied twice"),
            (self.fenced_out as i64, "applied by a worker without lease"),
            (self.stuck, "stuck"),
            (self.dead as i64, "dead against their script"),
            (self.overspent as i64, "with too many attempts"),
        ];
        let broken = counts.into_iter().filter(|(count, _)| *count > 0);
        broken
            .map(|(count, what)| format!("{count} {what}"))
            .collect()
    }
}

struct End {
    state: JobState,
    attempt: i32,
    max_attempts: i32,
    worker: Option<String>,
}

async fn ends(conn: &mut AsyncPgConnection) -> anyhow::Result<HashMap<Uuid, End>> {
    let rows: Vec<(String, JobState, i32, i32, Option<String>)> = jobs::table
        .filter(jobs::kind.eq(Probe::KIND))
        .select((
            jobs::dedupe_key.assume_not_null(),
            jobs::state,
            jobs::attempt,
            jobs::max_attempts,
            jobs::worker,
        ))
        .load(conn)
        .await?;
    rows.into_iter()
        .map(|(probe, state, attempt, max_attempts, worker)| {
            let end = End {
                state,
                attempt,
                max_attempts,
                worker,
            };
            Ok((probe.parse()?, end))
        })
        .collect()
}

/// The workers that applied the result of each probe.
async fn results(conn: &mut AsyncPgConnection) -> anyhow::Result<HashMap<Uuid, Vec<String>>> {
    let rows: Vec<(Uuid, String)> = probe_results::table
        .select((probe_results::probe_id, probe_results::worker))
        .load(conn)
        .await?;
    let mut all: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (probe, worker) in rows {
        all.entry(probe).or_default().push(worker);
    }
    Ok(all)
}

async fn live(conn: &mut AsyncPgConnection) -> anyhow::Result<i64> {
    let live = jobs::state.eq_any([JobState::Queued, JobState::Running]);
    Ok(jobs::table.filter(live).count().get_result(conn).await?)
}

/// How to treat jobs that are due later, when all others have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delays {
    /// Wait for them.
    Real,
    /// Make them due at once, to save time.
    Skipped,
}

/// Waits until no job is queued or running, but not longer than `patience`.
pub async fn drained(pool: &Pool, delays: Delays, patience: Duration) {
    let started = Instant::now();
    while started.elapsed() < patience {
        let left = async {
            let mut conn = pool.get().await?;
            if delays == Delays::Skipped {
                skip_delays(&mut conn).await?;
            }
            live(&mut conn).await
        };
        // While Postgres is away the query fails, and is repeated.
        if matches!(left.await, Ok(0)) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn skip_delays(conn: &mut AsyncPgConnection) -> QueryResult<usize> {
    let later = jobs::table
        .filter(jobs::state.eq(JobState::Queued))
        .filter(jobs::run_at.gt(diesel::dsl::now));
    diesel::update(later)
        .set(jobs::run_at.eq(diesel::dsl::now))
        .execute(conn)
        .await
}

/// How many times a job was taken from a worker whose lease had expired.
///
/// # Errors
/// Those of the database.
pub async fn rescued(conn: &mut AsyncPgConnection) -> anyhow::Result<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let count: Count = diesel::sql_query(
        "SELECT count(*) AS count FROM jobs, jsonb_array_elements(errors) AS entry
         WHERE entry ->> 'error' LIKE 'the worker % was lost'",
    )
    .get_result(conn)
    .await?;
    Ok(count.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(state: JobState, attempt: i32) -> End {
        End {
            state,
            attempt,
            max_attempts: 50,
            worker: Some("worker-2".to_owned()),
        }
    }

    fn judged(dies: bool, end: Option<End>, applied: &[&str]) -> Tally {
        let order = Order {
            probe: Uuid::nil(),
            dies,
            fails: false,
        };
        let applied: Vec<String> = applied.iter().map(|&name| name.to_owned()).collect();
        let mut tally = Tally::default();
        tally.add(&order, end.as_ref(), &applied);
        tally
    }

    #[test]
    fn jobs_that_end_as_their_scripts_say_violate_nothing() {
        let kept = [
            judged(false, Some(end(JobState::Done, 1)), &["worker-2"]),
            judged(true, Some(end(JobState::Dead, 51)), &[]),
        ];
        assert!(kept.iter().all(|tally| tally.broken().is_empty()));
    }

    #[test]
    fn every_violation_is_reported() {
        let broken = [
            (judged(false, None, &[]), "1 lost"),
            (judged(false, Some(end(JobState::Done, 1)), &[]), "1 lost"),
            (judged(true, Some(end(JobState::Done, 1)), &[]), "1 lost"),
            (
                judged(false, Some(end(JobState::Done, 2)), &["worker-2"; 2]),
                "1 applied twice",
            ),
            (
                judged(false, Some(end(JobState::Done, 2)), &["worker-1"]),
                "1 applied by a worker without lease",
            ),
            (
                judged(false, Some(end(JobState::Done, 52)), &["worker-2"]),
                "1 with too many attempts",
            ),
        ];
        for (tally, expected) in broken {
            assert_eq!(tally.broken(), [expected]);
        }
        let dead = judged(false, Some(end(JobState::Dead, 50)), &[]);
        assert_eq!(dead.broken(), ["1 lost", "1 dead against their script"]);
    }
}
