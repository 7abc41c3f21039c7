//! Real processes of ours, and waiting for what they do.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

use crate::World;

/// How long anything may take before a test gives up on it. Generous: machines are busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that is killed with this value.
pub struct Process(Child);

impl Process {
    /// Starts a binary in a world, and in nothing else of this machine's environment.
    pub fn start(binary: &Path, world: &World) -> anyhow::Result<Self> {
        let child = Command::new(binary)
            .env_clear()
            .envs(&world.env)
            .env("WORKER_METRICS_ADDR", "127.0.0.1:0")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        Ok(Self(child))
    }

    /// SIGKILL: no time to put anything in order.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.0.kill().await?)
    }

    /// SIGTERM, and the exit code.
    pub async fn terminate(mut self) -> anyhow::Result<Option<i32>> {
        let pid = self.0.id().context("the process is gone already")?;
        let sent = Command::new("kill").arg(pid.to_string()).status().await?;
        if !sent.success() {
            bail!("SIGTERM was not delivered");
        }
        Ok(tokio::time::timeout(PATIENCE, self.0.wait()).await??.code())
    }
}

/// Asks again and again until there is an answer.
pub async fn eventually<T>(
    mut ask: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        if started.elapsed() > PATIENCE {
            bail!("it did not happen within {PATIENCE:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
