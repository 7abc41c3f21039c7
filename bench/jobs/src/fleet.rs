//! A fresh database, and worker processes on it.

use std::path::Path;
use std::process::Stdio;

use anyhow::Context;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use jobs::push::Pusher;
use kernel::db::DbConfig;
use kernel::env::Env;
use kernel::redis::RedisConfig;
use tokio::process::{Child, Command};

/// The name of the benchmark's database, on the server of DATABASE_URL.
const DATABASE: &str = "symancy_bench";

/// A fresh database with its worker processes.
pub struct Fleet {
    url: String,
    redis: RedisConfig,
    children: Vec<Child>,
}

impl Fleet {
    /// Drops and creates the database.
    pub async fn new() -> anyhow::Result<Self> {
        let lookup = |name: &str| match name {
            "REDIS_PREFIX" => Some("bench".to_owned()),
            name => std::env::var(name).ok(),
        };
        let mut env = Env::new(&lookup);
        let (db, redis) = (DbConfig::read(&mut env), RedisConfig::read(&mut env));
        let (db, redis) = env.finish((db, redis))?;
        let mut server = db.address.connect().await?;
        let fresh = [
            format!("DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"),
            format!("CREATE DATABASE {DATABASE}"),
        ];
        for statement in fresh {
            server.batch_execute(&statement).await?;
        }
        let mut url: url::Url = std::env::var("DATABASE_URL")?.parse()?;
        url.set_path(DATABASE);
        let url = String::from(url);
        product::migrate(&url.parse().map_err(anyhow::Error::msg)?).await?;
        Ok(Self {
            url,
            redis,
            children: Vec::new(),
        })
    }

    /// The URL of the database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A connection to the ledger.
    pub async fn db(&self) -> anyhow::Result<AsyncPgConnection> {
        Ok(AsyncPgConnection::establish(&self.url).await?)
    }

    /// The pusher that wakes the workers.
    pub fn pusher(&self) -> anyhow::Result<Pusher> {
        Ok(Pusher::new(&self.redis)?)
    }

    /// Starts worker processes with default settings; no external service is reachable for them.
    pub fn start(
        &mut self,
        binary: &Path,
        workers: usize,
        concurrency: usize,
    ) -> anyhow::Result<()> {
        let nowhere = "http://127.0.0.1:9";
        for _ in 0..workers {
            let child = Command::new(binary)
                .env_clear()
                .env("DATABASE_URL", &self.url)
                .env("REDIS_URL", &self.redis.url)
                .env("REDIS_PREFIX", &self.redis.prefix)
                .env("WORKER_OTHER_CONCURRENCY", concurrency.to_string())
                .env("WORKER_METRICS_ADDR", "127.0.0.1:0")
                .env("LOG_LEVEL", "warn")
                .env("TELEGRAM_BOT_TOKEN", "1:bench")
                .env("ABUSE_MEMORY_SECRET", "a-secret-of-the-bench-of-32-bytes")
                .env("TELEGRAM_API_URL", nowhere)
                .env("OPENROUTER_API_KEY", "bench")
                .env("OPENROUTER_BASE_URL", nowhere)
                .env("S3_ENDPOINT", nowhere)
                .env("S3_ACCESS_KEY_ID", "bench")
                .env("S3_SECRET_ACCESS_KEY", "bench")
                .stdin(Stdio::null())
                .kill_on_drop(true)
                .spawn()
                .with_context(|| format!("starting {}", binary.display()))?;
            self.children.push(child);
        }
        Ok(())
    }

    /// CPU seconds of all workers so far, from `/proc`.
    pub fn cpu_seconds(&self) -> f64 {
        let ticks_of = |child: &Child| {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id()?)).ok()?;
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            // Fields 14 and 15 of proc(5), counted from the third; in hundredths of a second.
            Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
        };
        self.children.iter().filter_map(ticks_of).sum::<f64>() / 100.0
    }

    /// Kills the workers.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        for child in &mut self.children {
            child.kill().await?;
        }
        Ok(())
    }
}

/// Finishes the maintenance work of the loading before the measurement.
pub async fn settle(conn: &mut AsyncPgConnection) -> anyhow::Result<()> {
    conn.batch_execute("VACUUM ANALYZE jobs").await?;
    Ok(conn.batch_execute("CHECKPOINT").await?)
}
