//! The state that every handler gets.

use std::sync::Arc;

use ai::gate::Gate;
use jobs::limits;
use jobs::prune::Keep;
use kernel::Error;
use kernel::db::Conn;
use product::Core;
use publishers::Pace;
use readings::jobs::IMAGE;
use readings::prompts::Library;
use tokio::sync::Semaphore;
use vendors::ai::catalogue::Catalogue;

use crate::config::{Archive, WorkerConfig};

/// The core, and what only workers need. Cheap to clone.
#[derive(Clone)]
pub struct WorkerState {
    pub core: Core,
    /// As many permits as photos may be decoded at once. A decoder holds its permit until it has
    /// ended, also after its job was given up (then it ends soon), so that memory stays bounded.
    pub decoders: Arc<Semaphore>,
    pub keep: Keep,
    pub keep_events_months: i32,
    pub archive: Archive,
    pub keep_usage_months: i32,
    pub keep_buyers_years: i32,
    /// Breaker and limits of each provider of AI.
    pub gate: Gate,
    /// The models, and the routes through them.
    pub catalogue: Arc<Catalogue>,
    /// The prompts.
    pub prompts: Arc<Library>,
    /// How often the publishers have failed in a row.
    pub paces: Arc<Paces>,
}

/// Those of each publisher.
#[derive(Debug, Default)]
pub struct Paces {
    pub amqp: Pace,
    pub posthog: Pace,
}

impl WorkerState {
    /// Builds the state.
    ///
    /// # Errors
    /// A malformed address of Redis; faults of the catalogue and the prompts.
    pub fn new(core: Core, config: &WorkerConfig) -> anyhow::Result<Self> {
        let catalogue = Catalogue::of(&core.config.ai).map_err(anyhow::Error::msg)?;
        let prompts = Library::open(&core.config.ai.workflows).map_err(anyhow::Error::msg)?;
        Ok(Self {
            gate: Gate::new(&core.config.redis, core.config.ai_use.breaker)?,
            catalogue: Arc::new(catalogue),
            prompts,
            paces: Arc::default(),
            decoders: Arc::new(Semaphore::new(config.runtime.concurrency(IMAGE))),
            keep: config.keep,
            keep_events_months: config.keep_events_months,
            archive: config.archive,
            keep_usage_months: config.keep_usage_months,
            keep_buyers_years: config.keep_buyers_years,
            core,
        })
    }

    /// A connection to Postgres.
    ///
    /// # Errors
    /// `Unavailable` if none becomes free in time.
    pub async fn db(&self) -> Result<Conn, Error> {
        Ok(self.core.db.get().await?)
    }

    /// Takes a token of each of these limit keys, if that leaves some for more important calls. Does not
    /// wait.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn is_spare(&self, keys: &[String]) -> Result<bool, Error> {
        let limits = self.core.config.limits.spare();
        let wait = limits::take_token(&mut *self.db().await?, keys, &limits).await?;
        Ok(wait.is_zero())
    }

    /// Waits until the rates of these limit keys allow one more call.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn pace(&self, keys: &[String]) -> Result<(), Error> {
        let limits = &self.core.config.limits;
        if !limits.any_rate(keys) {
            return Ok(());
        }
        loop {
            let wait = limits::take_token(&mut *self.db().await?, keys, limits).await?;
            if wait.is_zero() {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
        }
    }
}
