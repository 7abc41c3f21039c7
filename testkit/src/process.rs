//! Real processes of ours, and waiting for what they do.

use std::collections::HashMap;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

use crate::World;
use crate::patience::PATIENCE;
pub use crate::patience::eventually;

/// A process that is killed with this value.
pub struct Process(Child);

impl Process {
    /// Starts a binary in a world, and in nothing else of this machine's environment.
    pub fn start(binary: &Path, world: &World) -> anyhow::Result<Self> {
        Self::start_with(binary, &world.env, None)
    }

    /// Starts a binary with these variables and no others. What it says goes to the end of a file,
    /// if one is given.
    pub fn start_with(
        binary: &Path,
        env: &HashMap<String, String>,
        log: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let mut command = Command::new(binary);
        if let Some(log) = log {
            let log = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(log)
                .with_context(|| format!("writing {}", log.display()))?;
            command.stdout(log.try_clone()?).stderr(log);
        }
        let child = command
            .env_clear()
            .envs(env)
            .env("WORKER_METRICS_ADDR", "127.0.0.1:0")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        Ok(Self(child))
    }

    /// Sends a signal, by its name without `SIG`.
    pub async fn signal(&self, name: &str) -> anyhow::Result<()> {
        signal(self.0.id().context("the process is gone already")?, name).await
    }

    /// How it ended, if it has ended.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }

    /// SIGKILL: no time to put anything in order.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.0.kill().await?)
    }

    /// SIGTERM, and the exit code.
    pub async fn terminate(mut self) -> anyhow::Result<Option<i32>> {
        self.signal("TERM").await?;
        Ok(tokio::time::timeout(PATIENCE, self.0.wait()).await??.code())
    }
}

/// Sends a signal to a process.
pub async fn signal(pid: u32, name: &str) -> anyhow::Result<()> {
    let sent = Command::new("kill")
        .args(["-s", name, &pid.to_string()])
        .status();
    if !sent.await?.success() {
        bail!("SIG{name} was not delivered to process {pid}");
    }
    Ok(())
}
