//! Several real workers that a test kills, freezes and replaces.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use futures_util::future::try_join_all;
use testkit::process::{Process, Signal};

use super::Dice;
use crate::world::World;

/// The workers of one world. They are killed when this is dropped.
pub struct Fleet {
    binary: PathBuf,
    env: HashMap<String, String>,
    logs: Option<PathBuf>,
    workers: Vec<Process>,
    started: usize,
}

impl Fleet {
    /// Starts `count` workers; each writes a file into the folder `logs`, if one is given.
    ///
    /// # Errors
    /// A worker that cannot be started.
    pub fn start(
        binary: &Path,
        world: &World,
        count: usize,
        logs: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let mut fleet = Self {
            binary: binary.to_owned(),
            env: world.env.clone(),
            logs: logs.map(Path::to_owned),
            workers: Vec::new(),
            started: 0,
        };
        for _ in 0..count {
            fleet.start_one()?;
        }
        Ok(fleet)
    }

    /// Starts one more.
    pub fn start_one(&mut self) -> anyhow::Result<()> {
        self.started += 1;
        let file = format!("worker-{}.log", self.started);
        let log = self.logs.as_ref().map(|folder| folder.join(file));
        let worker = Process::start(&self.binary, &self.env, log.as_deref())?;
        self.workers.push(worker);
        Ok(())
    }

    /// Kills a random worker, and starts another.
    pub async fn kill_one(&mut self, dice: &mut Dice) -> anyhow::Result<()> {
        let at = dice.one_of(self.workers.len());
        self.workers.remove(at).kill().await?;
        self.start_one()
    }

    /// Stops the oldest worker with SIGTERM, waits for its end, and starts another.
    pub async fn replace_oldest(&mut self) -> anyhow::Result<()> {
        let code = self.workers.remove(0).terminate().await?;
        ensure!(
            code == Some(0),
            "a worker ended with {code:?} after SIGTERM"
        );
        self.start_one()
    }

    /// Freezes a random worker with SIGSTOP. Returns its index.
    pub fn freeze_one(&self, dice: &mut Dice) -> anyhow::Result<usize> {
        let at = dice.one_of(self.workers.len());
        self.workers[at].signal(Signal::STOP)?;
        Ok(at)
    }

    /// Resumes a frozen worker with SIGCONT.
    pub fn thaw(&self, at: usize) -> anyhow::Result<()> {
        self.workers[at].signal(Signal::CONT)
    }

    /// Stops all with SIGTERM.
    ///
    /// # Errors
    /// A worker that ended before, or does not end with 0.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        for worker in &mut self.workers {
            let ended = worker.ended()?;
            ensure!(ended.is_none(), "a worker ended before SIGTERM: {ended:?}");
        }
        let ends = self.workers.drain(..).map(Process::terminate);
        for code in try_join_all(ends).await? {
            ensure!(
                code == Some(0),
                "a worker ended with {code:?} after SIGTERM"
            );
        }
        Ok(())
    }
}
