//! The private Postgres and Redis of the suite as processes: to be ended, killed, frozen, and
//! started again by `deploy/local/services.sh`, which made them.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use testkit::eventually;
use testkit::process::signal;
use tokio::process::Command;

/// One of the two.
#[derive(Clone, Copy, Debug)]
pub enum Server {
    Postgres,
    Redis,
}

/// Both.
pub struct Servers {
    /// `.data/chaos`
    pub data: PathBuf,
    script: PathBuf,
}

impl Servers {
    /// Those of a clone of the project.
    pub fn of(root: &Path) -> Self {
        Self {
            data: root.join(".data/chaos"),
            script: root.join("deploy/local/services.sh"),
        }
    }

    /// Starts what is not running; both answer when this returns.
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

    /// Sends a signal to a server, by its name without `SIG`.
    pub async fn signal(&self, server: Server, name: &str) -> anyhow::Result<()> {
        signal(self.pid(server)?, name).await
    }

    /// Sends a signal and waits until the server is gone.
    pub async fn end(&self, server: Server, name: &str) -> anyhow::Result<()> {
        let pid = self.pid(server)?;
        signal(pid, name).await?;
        eventually(async || Ok(is_gone(pid).then_some(()))).await
    }

    /// Whether the Postgres that runs now has begun with a crash recovery, or had one since.
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
            _ => bail!("{file} names no process"),
        }
    }
}

/// A process that is dead but not buried yet counts as gone.
fn is_gone(pid: u32) -> bool {
    match std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat
            .rsplit(") ")
            .next()
            .is_none_or(|rest| rest.starts_with('Z')),
        Err(_) => true,
    }
}

/// Time that a fault takes.
pub async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
