//! A world with running workers and a load, into which a test injects faults.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use kernel::db;
use kernel::db::Pool;
use product::config::Config;
use testkit::eventually;
use worker::config::WorkerConfig;

use super::{
    Background, Delays, Dice, Fleet, Load, Mix, RUNNING_PER_KEY, Sent, Shares, Tally, drained,
    rescued,
};
use crate::world::World;

/// How long the remaining jobs may take once the load has ended. Longer than the backoff of a job
/// that met a few outages.
const PATIENCE: Duration = Duration::from_secs(150);

/// How many workers are frozen at most until one loses a job.
const FREEZES: usize = 20;

/// Workers, their load, and a source of random faults.
pub struct Arena {
    pub world: Arc<World>,
    pub pool: Pool,
    pub fleet: Fleet,
    pub dice: Dice,
    lease: Duration,
    load: Background<Sent>,
    shares: Background<i64>,
}

/// The counts after all jobs have ended.
#[derive(Debug)]
pub struct Settled {
    pub tally: Tally,
    /// The most jobs of one key that were observed running at once.
    pub most_of_a_key: i64,
    /// How many times a job was taken from a worker that was lost.
    pub rescued: i64,
}

impl Settled {
    /// The broken promises, in words.
    pub fn broken(&self) -> Vec<String> {
        let mut broken = self.tally.broken();
        if self.most_of_a_key > RUNNING_PER_KEY {
            let most = self.most_of_a_key;
            broken.push(format!(
                "{most} of a key at once, {RUNNING_PER_KEY} allowed"
            ));
        }
        broken
    }
}

impl Arena {
    /// Starts workers and a load, and waits until the first jobs are done. It sets in the world what
    /// the load needs; the caller sets leases and the like.
    ///
    /// # Errors
    /// Settings of the world, a worker that does not start, or no job done in time.
    pub async fn open(
        worker: &Path,
        mut world: World,
        (seed, name): (u64, &str),
        (workers, mix): (usize, Mix),
        logs: Option<&Path>,
    ) -> anyhow::Result<Self> {
        world.set("ANALYSES_RUNNING_PER_USER", RUNNING_PER_KEY);
        let pool = db::connect(&world.read(Config::read)?.db)?;
        let load = Load::start(&world, Dice::new(seed, &format!("load of {name}")), mix)?;
        let arena = Self {
            fleet: Fleet::start(worker, &world, workers, logs)?,
            shares: Shares::watch(pool.clone()),
            dice: Dice::new(seed, name),
            lease: world.read(WorkerConfig::read)?.runtime.lease,
            world: Arc::new(world),
            pool,
            load,
        };
        eventually(async || Ok((arena.done().await? > 0).then_some(())))
            .await
            .context("no job was done")?;
        Ok(arena)
    }

    /// The number of results applied so far.
    pub async fn done(&self) -> anyhow::Result<i64> {
        use diesel::QueryDsl;
        use diesel_async::RunQueryDsl;
        let results = schema::probe_results::table;
        Ok(results
            .count()
            .get_result(&mut self.pool.get().await?)
            .await?)
    }

    /// How many times a job was taken from a worker so far.
    pub async fn rescued(&self) -> anyhow::Result<i64> {
        rescued(&mut *self.pool.get().await?).await
    }

    /// Freezes a worker until its jobs are taken from it, plus `more`, and resumes it. A worker that
    /// had no job is resumed, and another is tried.
    pub async fn freeze_one_at_work(&mut self, more: Duration) -> anyhow::Result<()> {
        for _ in 0..FREEZES {
            let before = self.rescued().await?;
            let frozen = self.fleet.freeze_one(&mut self.dice)?;
            let taken = eventually(async || Ok((self.rescued().await? > before).then_some(())));
            let taken = tokio::time::timeout(self.lease * 2, taken).await;
            tokio::time::sleep(more).await;
            self.fleet.thaw(frozen)?;
            if taken.is_ok() {
                return taken?;
            }
        }
        bail!("none of {FREEZES} frozen workers lost a job");
    }

    /// Cuts every connection to this world's database. `server` is a connection to another one.
    pub async fn cut_connections(&self, server: &mut AsyncPgConnection) -> anyhow::Result<()> {
        let name = self.world.database_name()?;
        let cut = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = '{name}' AND backend_type = 'client backend'"
        );
        Ok(server.batch_execute(&cut).await?)
    }

    /// Ends the load, waits until no job is left, counts, and stops the workers.
    pub async fn settle(self, delays: Delays) -> anyhow::Result<Settled> {
        let sent = self.load.stop().await?;
        ensure!(!sent.accepted.is_empty(), "no job was accepted");
        drained(&self.pool, delays, PATIENCE).await;
        let mut conn = self.pool.get().await?;
        let settled = Settled {
            tally: Tally::of(&mut conn, &sent).await?,
            most_of_a_key: self.shares.stop().await?,
            rescued: rescued(&mut conn).await?,
        };
        self.fleet.stop().await?;
        Ok(settled)
    }
}
