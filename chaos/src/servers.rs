//! The processes of the private Postgres and Redis of the suite. Signals end or freeze them;
//! `deploy/local/services.sh`, which created them, starts them again.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use testkit::eventually;
use testkit::process::{Signal, signal};
use tokio::process::Command;

/// One of the two servers.
#[derive(Clone, Copy, Debug)]
pub enum Server {
    Postgres,
    Redis,
}

/// Both servers.
pub struct Servers {
    /// `.data/chaos`
    pub data: PathBuf,
    script: PathBuf,
}

impl Servers {
    /// The servers of a clone of the project.
    pub fn of(root: &Path) -> Self {
        Self {
            data: root.join(".data/chaos"),
            script: root.join("deploy/local/services.sh"),
        }
    }

    /// Starts the servers that do not run; both answer when this returns.
    pub async fn start(&self) -> anyhow::Result<()> {
        let log = std::fs::File::create(self.data.join("logs/services.log"))?;
        let mut script = Command::new(&self.script);
        script.args(["start", "chaos"]).stdin(Stdio::null());
        script.stdout(log.try_clone()?).stderr(log);
        ensure!(
            script.status().await?.success(),
            "the services did not start; see .data/chaos/logs/services.log"
        );
        Ok(())
    }

    /// Sends a signal to a server.
    pub fn signal(&self, server: Server, name: Signal) -> anyhow::Result<()> {
        signal(self.pid(server)?, name)
    }

    /// Sends a signal and waits until the process has ended.
    pub async fn end(&self, server: Server, name: Signal) -> anyhow::Result<()> {
        let pid = self.pid(server)?;
        signal(pid, name)?;
        eventually(async || Ok(is_gone(pid).then_some(()))).await
    }

    /// Whether the running Postgres has done a crash recovery.
    pub fn has_recovered(&self) -> anyhow::Result<bool> {
        let log = std::fs::read_to_string(self.data.join("logs/postgres.log"))?;
        Ok(log.contains("automatic recovery in progress"))
    }

    fn pid(&self, server: Server) -> anyhow::Result<u32> {
        let file = match server {
            Server::Postgres => "postgres/postmaster.pid",
            Server::Redis => "redis/redis.pid",
        };
        let text = std::fs::read_to_string(self.data.join(file))
            .with_context(|| format!("{server:?} is not running"))?;
        match text.lines().next().map(|line| line.trim().parse()) {
            Some(Ok(pid)) => Ok(pid),
            _ => bail!("{file} does not begin with a process id"),
        }
    }
}

/// Whether a process has ended; a zombie has.
fn is_gone(pid: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat
            .rsplit(") ")
            .next()
            .is_none_or(|rest| rest.starts_with('Z')),
        Err(_) => true,
    }
}

/// Waits for the duration of a fault.
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
