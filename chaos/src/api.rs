//! The real API on a port of its own, which scenarios kill and restart.

use std::net::TcpListener;
use std::path::{Path, PathBuf};

use testkit::eventually;
use testkit::process::Process;
use world::World;

/// A running API, or one that was killed.
pub struct Api {
    pub url: String,
    binary: PathBuf,
    log: PathBuf,
    process: Option<Process>,
}

impl Api {
    /// Chooses a port and sets it in the world; starts nothing.
    pub fn new(binary: &Path, logs: &Path, world: &mut World) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let url = format!("http://127.0.0.1:{port}");
        world.set("PORT", port);
        world.set(
            "TELEGRAM_WEBHOOK_URL",
            format!("{url}/v1/webhooks/telegram"),
        );
        Ok(Self {
            url,
            binary: binary.to_owned(),
            log: logs.join("api.log"),
            process: None,
        })
    }

    /// Starts the API and waits until it answers.
    pub async fn start(&mut self, world: &World) -> anyhow::Result<()> {
        let process = Process::start(&self.binary, &world.env, Some(&self.log))?;
        self.process = Some(process);
        let health = format!("{}/v1/health", self.url);
        eventually(async || {
            let answer = world.http.get(&health).send().await;
            Ok(answer
                .is_ok_and(|answer| answer.status().is_success())
                .then_some(()))
        })
        .await
    }

    /// SIGKILL.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        match self.process.take() {
            Some(process) => process.kill().await,
            None => Ok(()),
        }
    }
}
