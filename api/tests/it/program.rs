//! The API as a program of its own, as it is deployed.

use std::path::Path;

use anyhow::Context;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;
use testkit::eventually;
use testkit::process::Process;
use world::World;

/// A running program and what it writes.
pub struct Program {
    pub world: World,
    pub address: String,
    pub metrics: String,
    files: TempDir,
    _process: Process,
}

impl Program {
    pub async fn start(mut world: World) -> anyhow::Result<Self> {
        let files = tempfile::tempdir()?;
        let [address, metrics] = [free_address()?, free_address()?];
        let (_, port) = address.rsplit_once(':').context("a port")?;
        world.set("PORT", port);
        world.set("LOG_LEVEL", "info");
        world.set("LOG_JSON", "true");
        let binary = Path::new(env!("CARGO_BIN_EXE_api"));
        let mut env = world.env.clone();
        env.insert("API_METRICS_ADDR".to_owned(), metrics.clone());
        let log = files.path().join("log");
        let program = Self {
            _process: Process::start(binary, &env, Some(&log))?,
            world,
            address,
            metrics,
            files,
        };
        eventually(async || {
            let health = program.request(Method::GET, "/v1/health").send().await;
            Ok(health.ok().filter(|answer| answer.status() == 200))
        })
        .await
        .with_context(|| program.log())?;
        Ok(program)
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.address);
        self.world.http.request(method, url)
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(self.files.path().join("log")).unwrap_or_default()
    }

    /// The lines of the log with this field.
    pub fn lines(&self, field: &str, value: &str) -> Vec<Value> {
        let log = self.log();
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok());
        lines.filter(|line: &Value| line[field] == value).collect()
    }
}

fn free_address() -> anyhow::Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.to_string())
}
