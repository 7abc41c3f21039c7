//! A Redis with TLS.

use std::path::Path;

use anyhow::Context;
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

fn program() -> anyhow::Result<std::path::PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .chain([Path::new("/usr/bin").to_owned()])
        .map(|folder| folder.join("redis-server"))
        .find(|program| program.exists());
    found.context("Redis is not installed (redis-server)")
}
