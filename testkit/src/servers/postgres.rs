//! A Postgres with TLS.

use std::path::PathBuf;

use anyhow::{Context, ensure};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use tempfile::TempDir;

use super::{Authority, Server, command, folder, free_port};
use crate::eventually;

/// A Postgres that offers TLS, and the superuser `symancy` without a password.
pub struct TlsPostgres {
    port: u16,
    folder: TempDir,
    programs: PathBuf,
    server: Option<Server>,
}

impl TlsPostgres {
    /// Starts one whose certificate is for these names.
    ///
    /// # Errors
    /// Postgres is not installed, or does not start.
    pub async fn start(authority: &Authority, names: &[&str]) -> anyhow::Result<Self> {
        let (folder, programs) = (folder()?, programs()?);
        let data = folder.path().join("data");
        let made = command(&programs.join("initdb"), folder.path())?
            .args([
                "--auth=trust",
                "--username=symancy",
                "--encoding=UTF8",
                "--no-sync",
                "--pgdata",
            ])
            .arg(&data)
            .status()?;
        ensure!(made.success(), "initdb ended with {made}");
        authority.issue(&data, names)?;
        let port = free_port()?;
        let mut postgres = Self {
            port,
            folder,
            programs,
            server: None,
        };
        postgres.restart(true).await?;
        Ok(postgres)
    }

    /// Starts it anew, with or without TLS.
    ///
    /// # Errors
    /// It does not start.
    pub async fn restart(&mut self, tls: bool) -> anyhow::Result<()> {
        drop(self.server.take());
        let data = self.folder.path().join("data");
        // Killed, it leaves a file that names its process.
        let _ = std::fs::remove_file(data.join("postmaster.pid"));
        let server = command(&self.programs.join("postgres"), self.folder.path())?
            .args([
                "-D",
                "data",
                "-h",
                "127.0.0.1",
                "-c",
                "unix_socket_directories=",
                "-c",
                "fsync=off",
            ])
            .args([
                "-c",
                if tls { "ssl=on" } else { "ssl=off" },
                "-p",
                &self.port.to_string(),
            ])
            .spawn()?;
        self.server = Some(Server(server));
        let url = self.url("127.0.0.1", "sslmode=disable");
        eventually(async || Ok(AsyncPgConnection::establish(&url).await.ok())).await?;
        Ok(())
    }

    /// Its address by this host name, with these options.
    pub fn url(&self, host: &str, options: &str) -> String {
        format!("postgres://symancy@{host}:{}/postgres?{options}", self.port)
    }
}

/// The folder of the newest installation.
pub(super) fn programs() -> anyhow::Result<PathBuf> {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
    folders.extend(
        std::env::var_os("PATH")
            .iter()
            .flat_map(std::env::split_paths),
    );
    folders.retain(|folder| folder.join("initdb").exists() && folder.join("postgres").exists());
    let version = |folder: &PathBuf| -> Option<u32> {
        let name = folder.parent()?.file_name()?.to_str()?;
        name.parse().ok()
    };
    let newest = folders.into_iter().max_by_key(version);
    newest.context("Postgres is not installed (initdb, postgres)")
}
