//! The programs of Postgres, and what they are asked.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use backups::manifest::TableRows;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::process::Command;

use crate::failure::Failure;

/// Where Debian has the programs of a version; elsewhere they are on the `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

/// A program of this main version of Postgres; `None`: the newest.
pub(crate) fn program(name: &str, version: Option<u32>) -> Command {
    let at = |version: u32| {
        Path::new(DEBIAN)
            .join(version.to_string())
            .join("bin")
            .join(name)
    };
    let file = match version {
        Some(version) => Some(at(version)).filter(|file| file.exists()),
        None => newest().map(at),
    };
    let mut command = Command::new(file.unwrap_or_else(|| PathBuf::from(name)));
    command.kill_on_drop(true);
    command
}

fn newest() -> Option<u32> {
    let folders = std::fs::read_dir(DEBIAN).ok()?.flatten();
    let version = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse().ok();
    folders.filter_map(version).max()
}

/// Runs a program to its end; what it has to say goes to standard error.
pub(crate) async fn run(command: &mut Command, what: &str) -> Result<(), Failure> {
    let ended = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    let ended = ended.await.map_err(|why| cannot(command, &why))?;
    match ended.success() {
        true => Ok(()),
        false => Err(Failure::Refused(format!(
            "{what}: {ended}; it has said why."
        ))),
    }
}

/// That a program cannot be started.
pub(crate) fn cannot(command: &Command, why: &std::io::Error) -> Failure {
    let program = command.as_std().get_program().to_string_lossy();
    Failure::Refused(format!(
        "{program} cannot be run ({why}): install the programs of Postgres of that version."
    ))
}

/// The only answer, as JSON, to a question that the server is asked by `psql`.
pub(crate) async fn ask<T: DeserializeOwned>(
    psql: &mut Command,
    question: &str,
) -> Result<T, Failure> {
    psql.args([
        "-X",
        "-q",
        "-A",
        "-t",
        "-v",
        "ON_ERROR_STOP=1",
        "-c",
        question,
    ])
    .stdin(Stdio::null())
    .stdout(Stdio::piped());
    let child = psql.spawn().map_err(|why| cannot(psql, &why))?;
    let ended = child.wait_with_output().await?;
    if !ended.status.success() {
        return Err(Failure::Refused(
            "The server of the database did not answer; psql has said why.".to_owned(),
        ));
    }
    serde_json::from_slice(&ended.stdout)
        .map_err(|why| Failure::Refused(format!("What psql has said is not understood: {why}.")))
}

/// `psql` on this machine's server, or where the variables of libpq say.
pub(crate) fn psql(database: &str) -> Command {
    let mut command = program("psql", None);
    command.args(["--no-password", "--dbname", database]);
    command
}

/// What has to be known of a cluster that is copied.
#[derive(Debug, Deserialize)]
pub(crate) struct Cluster {
    pub postgres: u32,
    pub superuser: String,
    /// The file of the log that is written now.
    pub wal: String,
    pub wal_segment_bytes: u64,
    pub archives: bool,
}

/// A [`Cluster`].
pub(crate) const CLUSTER: &str = "SELECT json_build_object(
        'postgres', current_setting('server_version_num')::int / 10000,
        'superuser', (SELECT rolname FROM pg_roles WHERE oid = 10),
        'wal', pg_walfile_name(pg_current_wal_lsn()),
        'wal_segment_bytes', (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size'),
        'archives', current_setting('archive_mode') <> 'off')";

/// The rows of each table: a list of [`TableRows`].
pub(crate) const ROWS: &str = "SELECT COALESCE(json_agg(json_build_object('table', tablename, 'rows',
        (xpath('/row/count/text()', query_to_xml(format('SELECT count(*) AS count FROM %I.%I', schemaname, tablename),
            false, true, '')))[1]::text::bigint) ORDER BY tablename), '[]')
    FROM pg_tables WHERE schemaname = 'public'";

/// The rows of each table of the database that `psql` is connected with.
pub(crate) async fn rows(psql: &mut Command) -> Result<Vec<TableRows>, Failure> {
    ask(psql, ROWS).await
}
