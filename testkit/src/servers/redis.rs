//! A Redis with TLS, and a Redis Cluster.

use std::path::Path;

use anyhow::Context;
use kernel::redis::RedisConfig;
use kernel::tls::Roots;
use tempfile::TempDir;
use tokio::net::TcpStream;

use super::{Authority, Server, command, folder, free_port};
use crate::eventually;

/// A Redis that speaks TLS alone.
pub struct TlsRedis {
    port: u16,
    _folder: TempDir,
    _server: Server,
}

impl TlsRedis {
    /// Starts one whose certificate is for these names.
    ///
    /// # Errors
    /// Redis is not installed, or does not start.
    pub async fn start(authority: &Authority, names: &[&str]) -> anyhow::Result<Self> {
        let (folder, port) = (folder()?, free_port()?);
        authority.issue(folder.path(), names)?;
        let authorities = folder.path().join("root.crt");
        std::fs::write(&authorities, authority.pem())?;
        let server = command(&program()?, folder.path())?
            .args([
                "--port",
                "0",
                "--tls-port",
                &port.to_string(),
                "--bind",
                "127.0.0.1",
            ])
            .args([
                "--tls-cert-file",
                "server.crt",
                "--tls-key-file",
                "server.key",
            ])
            .args([
                "--tls-ca-cert-file",
                "root.crt",
                "--tls-auth-clients",
                "no",
                "--save",
                "",
            ])
            .spawn()?;
        let redis = Self {
            port,
            _folder: folder,
            _server: Server(server),
        };
        let address = ("127.0.0.1", port);
        eventually(async || Ok(TcpStream::connect(address).await.ok())).await?;
        Ok(redis)
    }

    /// Its address by this host name.
    pub fn url(&self, host: &str) -> String {
        format!("rediss://{host}:{}", self.port)
    }
}

/// A Redis Cluster of one server, which has all slots. It refuses keys of two slots in one command, as one of many does.
pub struct ClusterRedis {
    port: u16,
    _folder: TempDir,
    _server: Server,
}

impl ClusterRedis {
    /// Starts one.
    ///
    /// # Errors
    /// Redis is not installed, or does not start.
    pub async fn start() -> anyhow::Result<Self> {
        let (folder, port, bus) = (folder()?, free_port()?, free_port()?);
        let server = command(&program()?, folder.path())?
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .args([
                "--cluster-enabled",
                "yes",
                "--cluster-port",
                &bus.to_string(),
            ])
            .args(["--cluster-announce-ip", "127.0.0.1", "--save", ""])
            .spawn()?;
        let cluster = Self {
            port,
            _folder: folder,
            _server: Server(server),
        };
        let client = redis::Client::open(cluster.url())?;
        let connect = async || Ok(client.get_multiplexed_async_connection().await.ok());
        let mut conn = eventually(connect).await?;
        redis::cmd("CLUSTER")
            .arg(&["ADDSLOTSRANGE", "0", "16383"])
            .exec_async(&mut conn)
            .await?;
        eventually(async || {
            let state: String = redis::cmd("CLUSTER")
                .arg("INFO")
                .query_async(&mut conn.clone())
                .await?;
            Ok(state.contains("cluster_state:ok").then_some(()))
        })
        .await?;
        Ok(cluster)
    }

    /// The address of its server.
    pub fn url(&self) -> String {
        format!("redis://{}", self.node())
    }

    /// Host and port of its server.
    pub fn node(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The commands that it was sent, as `INFO commandstats` has them.
    ///
    /// # Errors
    /// Those of Redis.
    pub async fn commands(&self) -> anyhow::Result<String> {
        let mut conn = crate::redis::connect(&self.config()).await?;
        let mut info = redis::cmd("INFO");
        Ok(info.arg("commandstats").query_async(&mut conn).await?)
    }

    /// What a program is told of it.
    pub fn config(&self) -> RedisConfig {
        RedisConfig {
            url: self.url(),
            prefix: "test".to_owned(),
            roots: Roots::default(),
            nodes: vec![self.url()],
        }
    }
}

fn program() -> anyhow::Result<std::path::PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .chain([Path::new("/usr/bin").to_owned()])
        .map(|folder| folder.join("redis-server"))
        .find(|program| program.exists());
    found.context("Redis is not installed (redis-server)")
}
