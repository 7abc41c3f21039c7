//! Sending probes, and reading their jobs, runs and results.

use ::jobs::ledger;
use ::jobs::operate;
use ::jobs::operate::JobView;
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use probes::jobs::Probe;
use schema::{jobs, probe_results, probe_runs};
use testkit::eventually;
use uuid::Uuid;

use crate::app::TestApp;

/// One run of a probe, recorded when it began.
#[derive(Clone, Debug, Queryable)]
pub struct Run {
    pub attempt: i32,
    pub worker: String,
    pub began_at: DateTime<Utc>,
}

/// One result of a probe. A result that is applied twice leaves two.
#[derive(Clone, Debug, Queryable)]
pub struct Applied {
    pub worker: String,
    pub applied_at: DateTime<Utc>,
}

impl TestApp {
    /// Enqueues probes one after the other, each in its own transaction, and wakes the workers.
    /// Returns the ids of the jobs.
    pub async fn send(&self, probes: &[Probe]) -> anyhow::Result<Vec<Uuid>> {
        let mut tickets = Vec::new();
        let mut conn = self.db().await?;
        for probe in probes {
            tickets.push(ledger::enqueue(&mut conn, probe).await?);
        }
        self.core.pusher.wake(&tickets).await;
        Ok(tickets.iter().map(|ticket| ticket.id).collect())
    }

    /// The runs of a probe, oldest first.
    pub async fn runs(&self, probe: &Probe) -> anyhow::Result<Vec<Run>> {
        let of_probe = probe_runs::table.filter(probe_runs::probe_id.eq(probe.id));
        let columns = (
            probe_runs::attempt,
            probe_runs::worker,
            probe_runs::began_at,
        );
        Ok(of_probe
            .order(probe_runs::id)
            .select(columns)
            .load(&mut self.db().await?)
            .await?)
    }

    /// The results of a probe, oldest first.
    pub async fn results(&self, probe: &Probe) -> anyhow::Result<Vec<Applied>> {
        let of_probe = probe_results::table.filter(probe_results::probe_id.eq(probe.id));
        Ok(of_probe
            .order(probe_results::id)
            .select((probe_results::worker, probe_results::applied_at))
            .load(&mut self.db().await?)
            .await?)
    }

    /// Waits until a probe runs for the `n`-th time.
    pub async fn begins(&self, probe: &Probe, n: usize) -> anyhow::Result<Run> {
        eventually(async || Ok(self.runs(probe).await?.into_iter().nth(n - 1))).await
    }

    /// A job of the ledger.
    pub async fn job(&self, id: Uuid) -> anyhow::Result<JobView> {
        let job = operate::show(&mut *self.db().await?, id).await?;
        job.ok_or_else(|| anyhow::anyhow!("there is no job {id}"))
    }

    /// The id of a job by a condition in SQL, if there is one.
    pub async fn job_where(&self, condition: &str) -> anyhow::Result<Option<Uuid>> {
        let jobs = jobs::table.filter(sql::<Bool>(condition));
        let id = jobs.select(jobs::id).first(&mut self.db().await?).await;
        Ok(id.optional()?)
    }

    /// Waits until a job is in a state (see [`operate::STATES`]).
    pub async fn becomes(&self, id: Uuid, state: &str) -> anyhow::Result<JobView> {
        let became = eventually(async || {
            let job = self.job(id).await?;
            Ok((job.state == state).then_some(job))
        });
        match became.await {
            Ok(job) => Ok(job),
            Err(why) => Err(why.context(format!("{:?} is not {state}", self.job(id).await?))),
        }
    }

    /// Makes all delayed jobs due.
    pub async fn hurry(&self) -> anyhow::Result<()> {
        self.sql("UPDATE jobs SET run_at = now() WHERE state = 'queued' AND run_at > now()")
            .await
    }

    /// Waits until a job is in a state, without waiting for delays.
    pub async fn becomes_soon(&self, id: Uuid, state: &str) -> anyhow::Result<JobView> {
        eventually(async || {
            self.hurry().await?;
            let job = self.job(id).await?;
            Ok((job.state == state).then_some(job))
        })
        .await
    }

    /// Waits until a statement in the test's database waits for a lock.
    pub async fn a_statement_waits_for_a_lock(&self) -> anyhow::Result<()> {
        let waits = "SELECT count(*) AS count FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        eventually(async || Ok((self.count(waits).await? > 0).then_some(()))).await
    }

    /// Runs statements.
    pub async fn sql(&self, statements: &str) -> anyhow::Result<()> {
        Ok(self.db().await?.batch_execute(statements).await?)
    }
}

/// The errors of a job, oldest first.
pub fn errors(job: &JobView) -> Vec<&str> {
    let all = job.errors.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter_map(|one| one["error"].as_str()).collect()
}
