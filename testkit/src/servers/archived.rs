//! A Postgres that archives its log by the command of the product.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, ensure};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use tempfile::TempDir;

use super::postgres::programs;
use super::{Server, command, command_in, folder, free_port};
use crate::eventually;

/// A Postgres whose log goes through `symancy backup wal-push`, and the command beside it, as its user.
pub struct ArchivedPostgres {
    port: u16,
    folder: TempDir,
    programs: PathBuf,
    /// What the server and the commands find set.
    env: HashMap<String, String>,
    server: Option<Server>,
}

impl ArchivedPostgres {
    /// Makes a cluster with the superuser `symancy`, and starts it. `symancy` is the program; `env` its settings.
    ///
    /// # Errors
    /// Postgres is not installed, or does not start.
    pub async fn start(symancy: &Path, env: HashMap<String, String>) -> anyhow::Result<Self> {
        let (folder, programs) = (folder()?, programs()?);
        // The user of the server may not reach the folder of the build.
        std::fs::copy(symancy, folder.path().join("symancy"))?;
        let made = command(&programs.join("initdb"), folder.path())?
            .args([
                "--auth=trust",
                "--username=symancy",
                "--encoding=UTF8",
                "--no-sync",
                "--pgdata=data",
            ])
            .status()?;
        ensure!(made.success(), "initdb ended with {made}");
        let mut postgres = Self {
            port: free_port()?,
            folder,
            programs,
            env,
            server: None,
        };
        postgres.serve("data").await?;
        Ok(postgres)
    }

    /// Where its folders are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Another value of a setting, for commands that are typed afterwards.
    pub fn set(&mut self, name: &str, value: impl ToString) {
        self.env.insert(name.to_owned(), value.to_string());
    }

    /// Stops the server, killed as by a fault, and serves this data folder.
    ///
    /// # Errors
    /// It does not start.
    pub async fn serve(&mut self, data: &str) -> anyhow::Result<()> {
        drop(self.server.take());
        let _ = std::fs::remove_file(self.folder.path().join(data).join("postmaster.pid"));
        let mut server = self.command(&self.programs.join("postgres"))?;
        let archive = format!(
            "'{}' backup wal-push %p",
            self.folder.path().join("symancy").display()
        );
        for setting in [
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "fsync=off".to_owned(),
            "archive_mode=on".to_owned(),
            format!("archive_command={archive}"),
        ] {
            server.arg("-c").arg(setting);
        }
        let server = server
            .args(["-D", data, "-p", &self.port.to_string()])
            .spawn()?;
        self.server = Some(Server(server));
        eventually(async || Ok(self.connect().await.ok())).await?;
        Ok(())
    }

    /// A connection to its database `postgres`.
    ///
    /// # Errors
    /// Those of Postgres.
    pub async fn connect(&self) -> anyhow::Result<AsyncPgConnection> {
        let url = format!(
            "postgres://symancy@127.0.0.1:{}/postgres?sslmode=disable",
            self.port
        );
        Ok(AsyncPgConnection::establish(&url).await?)
    }

    /// Runs statements.
    ///
    /// # Errors
    /// Those of Postgres.
    pub async fn sql(&self, statements: &str) -> anyhow::Result<()> {
        let done = self.connect().await?.batch_execute(statements).await;
        done.with_context(|| statements.to_owned())
    }

    /// Types `symancy <words>` as the user of the server, and waits for its end.
    ///
    /// # Errors
    /// It cannot be run.
    pub async fn types(&self, words: &str) -> anyhow::Result<Output> {
        let mut command = self.command(&self.folder.path().join("symancy"))?;
        command
            .args(words.split_whitespace())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(tokio::task::spawn_blocking(move || command.output()).await??)
    }

    fn command(&self, program: &Path) -> anyhow::Result<Command> {
        let mut command = command_in(program, self.folder.path())?;
        command
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.port.to_string())
            .env("PGUSER", "symancy")
            .envs(&self.env);
        Ok(command)
    }
}
