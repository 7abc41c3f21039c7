//! A Postgres of this command's own, on a socket that no other program knows: it replays the log in a restored folder,
//! and is asked what it has found.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use backups::manifest::{Manifest, TableRows};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::super::backup::postgres::{ask, cannot, program, rows, run};
use crate::failure::Failure;

/// How often it is asked whether it is done.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Lines of its log that are shown when it has failed.
const LINES: usize = 8;

pub(super) struct Server {
    child: Child,
    data: PathBuf,
    /// Its settings, socket and log.
    own: TempDir,
    version: u32,
    superuser: String,
    database: String,
}

#[derive(Deserialize)]
struct Last {
    /// In milliseconds since 1970; `None`: it has replayed no transaction.
    at: Option<f64>,
}

#[derive(Deserialize)]
struct End {
    /// In bytes of the log.
    at: Option<u64>,
}

/// Still that of the replay, when it is over.
const END: &str = "SELECT json_build_object('at', pg_last_wal_replay_lsn() - '0/0'::pg_lsn)";

const LAST: &str = "SELECT json_build_object('at',
        extract(epoch FROM pg_last_xact_replay_timestamp())::double precision)";

/// Postgres has this right since 15.
const LET_OWNER_LIFT: &str = "DO $$BEGIN
        EXECUTE format('GRANT SET ON PARAMETER symancy.restored_to TO %I', (
            SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()));
    END$$";

impl Server {
    /// Starts it, and waits until it has replayed the log up to the moment, or to its end.
    pub(super) async fn recover(
        manifest: &Manifest,
        data: &Path,
        at: Option<DateTime<Utc>>,
    ) -> Result<Self, Failure> {
        let own = tempfile::Builder::new().prefix("symancy-").tempdir()?;
        // Its own settings and rights: those of the copied server name its addresses, its logs, its passwords.
        std::fs::write(own.path().join("postgresql.conf"), "")?;
        std::fs::write(own.path().join("pg_ident.conf"), "")?;
        std::fs::write(own.path().join("pg_hba.conf"), "local all all trust\n")?;
        std::fs::write(data.join("recovery.signal"), "")?;
        let log = std::fs::File::create(own.path().join("log"))?;
        let mut command = program("postgres", Some(manifest.postgres));
        for setting in settings(own.path(), at)? {
            command.arg("-c").arg(setting);
        }
        command
            .arg("-D")
            .arg(data)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let child = command.spawn().map_err(|why| cannot(&command, &why))?;
        let mut server = Self {
            child,
            data: data.to_owned(),
            own,
            version: manifest.postgres,
            superuser: manifest.superuser.clone(),
            database: manifest.database.clone(),
        };
        server.wait().await?;
        Ok(server)
    }

    /// It takes connections when it has replayed all.
    async fn wait(&mut self) -> Result<(), Failure> {
        loop {
            if let Some(ended) = self.child.try_wait()? {
                return Err(Failure::Refused(format!(
                    "Postgres could not replay the log up to that moment ({ended}):\n{}",
                    self.last_lines()
                )));
            }
            let mut asking = self.client("pg_isready");
            asking.arg("--quiet").stdin(Stdio::null());
            let answer = asking.status().await.map_err(|why| cannot(&asking, &why))?;
            if answer.success() {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn last_lines(&self) -> String {
        let text = std::fs::read(self.own.path().join("log")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// A program that connects to it.
    fn client(&self, name: &str) -> Command {
        let mut command = program(name, Some(self.version));
        command.arg("--host").arg(self.own.path()).args([
            "--port=5432",
            "--username",
            &self.superuser,
        ]);
        command
    }

    fn psql(&self) -> Command {
        let mut command = self.client("psql");
        command.args(["--no-password", "--dbname", &self.database]);
        command
    }

    /// The time of the last transaction that it has replayed.
    pub(super) async fn recovered_to(&self) -> Result<Option<DateTime<Utc>>, Failure> {
        let last: Last = ask(&mut self.psql(), LAST).await?;
        Ok(last
            .at
            .and_then(|at| DateTime::from_timestamp_micros((at * 1e6).round() as i64)))
    }

    /// The end of the log that it has replayed, in bytes.
    pub(super) async fn replayed(&self) -> Result<Option<u64>, Failure> {
        let end: End = ask(&mut self.psql(), END).await?;
        Ok(end.at)
    }

    /// Marks the database, so that no program serves it before it is brought up to date. Its owner, who lifts the mark, is
    /// not refused that: without the right, Postgres leaves settings that it does not know to superusers.
    pub(super) async fn mark(&self, moment: DateTime<Utc>) -> Result<(), Failure> {
        let name = self.database.replace('"', "\"\"");
        let moment = moment.to_rfc3339();
        let mut command = self.psql();
        command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c"]);
        command.arg(format!(
            "ALTER DATABASE \"{name}\" SET symancy.restored_to = '{moment}'"
        ));
        if self.version >= 15 {
            command.args(["-c", LET_OWNER_LIFT]);
        }
        run(&mut command, "The database cannot be marked as restored").await
    }

    /// The rows of its tables.
    pub(super) async fn rows(&self) -> Result<Vec<TableRows>, Failure> {
        rows(&mut self.psql()).await
    }

    /// Compares tables and indexes.
    pub(super) async fn check(&self) -> Result<(), Failure> {
        let mut command = self.client("pg_amcheck");
        command.args([
            "--no-password",
            "--install-missing",
            "--heapallindexed",
            "--database",
            &self.database,
        ]);
        run(&mut command, "pg_amcheck has found damage").await
    }

    /// Stops it in order.
    pub(super) async fn stop(mut self) -> Result<(), Failure> {
        let mut command = program("pg_ctl", Some(self.version));
        command
            .args(["stop", "--wait", "--silent", "--mode=fast", "--pgdata"])
            .arg(&self.data);
        run(&mut command, "The server of the restore does not stop").await?;
        self.child.wait().await?;
        Ok(())
    }
}

/// What wins over the settings that came with the copy.
fn settings(own: &Path, at: Option<DateTime<Utc>>) -> Result<Vec<String>, Failure> {
    let folder = own.display();
    let mut settings = vec![
        format!("config_file={folder}/postgresql.conf"),
        format!("hba_file={folder}/pg_hba.conf"),
        format!("ident_file={folder}/pg_ident.conf"),
        format!("unix_socket_directories={folder}"),
        format!("restore_command={}", fetching()?),
        // None of it may go into the archive: a drill is not the history of the deployment.
        "archive_mode=off".to_owned(),
        // With connections before the end it would want as many as the copied server has.
        "hot_standby=off".to_owned(),
        "recovery_target_action=promote".to_owned(),
    ];
    let rest = [
        "listen_addresses=",
        "port=5432",
        "ssl=off",
        "logging_collector=off",
        "log_destination=stderr",
        "shared_preload_libraries=",
        "synchronous_standby_names=",
        // The new timeline is archived by the server that follows: nothing of it may go before.
        "wal_keep_size=1GB",
        "primary_conninfo=",
    ];
    settings.extend(rest.map(str::to_owned));
    if let Some(at) = at {
        settings.push(format!(
            "recovery_target_time={}",
            at.format("%F %T%.6f+00")
        ));
    }
    Ok(settings)
}

/// This program, quoted for the shell; Postgres reads `%` for itself.
fn fetching() -> Result<String, Failure> {
    let program = std::env::current_exe()?.display().to_string();
    let program = program.replace('\'', "'\\''").replace('%', "%%");
    let mut command = String::new();
    // Writing to a String cannot fail.
    let _ = write!(command, "'{program}' backup wal-fetch '%f' '%p'");
    Ok(command)
}
