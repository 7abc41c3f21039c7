//! Real processes of the product.

use std::collections::HashMap;
use std::path::Path;
use std::process::{ExitStatus, Stdio};

use anyhow::Context;
use rustix::process::Pid;
pub use rustix::process::Signal;
use tokio::process::{Child, Command};

use crate::PATIENCE;

/// A process that is killed when this is dropped.
pub struct Process(Child);

impl Process {
    /// Starts a binary with these variables and no others. Its output is appended to `log`, if one
    /// is given.
    ///
    /// # Errors
    /// A binary that cannot be started, or a log that cannot be written.
    pub fn start(
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
            // Many processes run at once: each takes a free port.
            .env("WORKER_METRICS_ADDR", "127.0.0.1:0")
            .env("API_METRICS_ADDR", "127.0.0.1:0")
            .envs(env)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        Ok(Self(child))
    }

    /// # Errors
    /// The process has ended.
    pub fn signal(&self, name: Signal) -> anyhow::Result<()> {
        signal(self.0.id().context("the process has ended")?, name)
    }

    /// How it ended; `None` while it runs.
    ///
    /// # Errors
    /// Those of the operating system.
    pub fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.0.try_wait()?)
    }

    /// SIGKILL: the process cannot clean up.
    ///
    /// # Errors
    /// Those of the operating system.
    pub async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.0.kill().await?)
    }

    /// SIGTERM, and the exit code.
    ///
    /// # Errors
    /// The process has ended before, or does not end.
    pub async fn terminate(mut self) -> anyhow::Result<Option<i32>> {
        self.signal(Signal::TERM)?;
        Ok(tokio::time::timeout(PATIENCE, self.0.wait()).await??.code())
    }
}

/// Sends a signal to a process.
///
/// # Errors
/// There is no such process, or it is another user's.
pub fn signal(pid: u32, signal: Signal) -> anyhow::Result<()> {
    let process = Pid::from_raw(i32::try_from(pid)?).context("no process has this id")?;
    rustix::process::kill_process(process, signal)
        .with_context(|| format!("{signal:?} was not delivered to process {pid}"))
}
