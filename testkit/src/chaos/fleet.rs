//! Several real workers, to be killed, frozen and replaced.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use futures_util::future::try_join_all;

use super::Dice;
use crate::World;
use crate::process::Process;

/// The workers of one world. Those that are left are killed with this value.
pub struct Fleet {
    binary: PathBuf,
    env: HashMap<String, String>,
    logs: Option<PathBuf>,
    workers: Vec<Process>,
    hired: usize,
}

impl Fleet {
    /// Starts `count` workers; with a folder for `logs`, each writes a file there.
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
            hired: 0,
        };
        for _ in 0..count {
            fleet.hire()?;
        }
        Ok(fleet)
    }

    /// Starts one more.
    pub fn hire(&mut self) -> anyhow::Result<()> {
        self.hired += 1;
        let file = format!("worker-{}.log", self.hired);
        let log = self.logs.as_ref().map(|folder| folder.join(file));
        let worker = Process::start_with(&self.binary, &self.env, log.as_deref())?;
        self.workers.push(worker);
        Ok(())
    }

    /// Kills one by chance, and starts another.
    pub async fn kill_one(&mut self, dice: &mut Dice) -> anyhow::Result<()> {
        let at = dice.one_of(self.workers.len());
        self.workers.remove(at).kill().await?;
        self.hire()
    }

    /// Asks the oldest to stop, waits until it has, and starts its successor.
    pub async fn replace_oldest(&mut self) -> anyhow::Result<()> {
        let code = self.workers.remove(0).terminate().await?;
        ensure!(code == Some(0), "a worker that was asked to stop: {code:?}");
        self.hire()
    }

    /// Stops one in the middle of whatever it does; it does not notice. Returns which.
    pub async fn freeze_one(&self, dice: &mut Dice) -> anyhow::Result<usize> {
        let at = dice.one_of(self.workers.len());
        self.workers[at].signal("STOP").await?;
        Ok(at)
    }

    /// Lets a frozen one go on as if nothing had been.
    pub async fn thaw(&self, at: usize) -> anyhow::Result<()> {
        self.workers[at].signal("CONT").await
    }

    /// Asks all to stop. Each has to be there still, and to end well.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        for worker in &mut self.workers {
            let ended = worker.ended()?;
            ensure!(ended.is_none(), "a worker ended by itself: {ended:?}");
        }
        let ends = self.workers.drain(..).map(Process::terminate);
        for code in try_join_all(ends).await? {
            ensure!(code == Some(0), "a worker that was asked to stop: {code:?}");
        }
        Ok(())
    }
}
