//! Restores the cluster into a new folder, lets Postgres replay the log up to the moment, checks what is there, marks
//! the database as restored, and stops the server again.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Instant;

use backups::manifest::{Drill, Manifest};
use backups::rules::{self, Differing};
use backups::shelf;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::Output;
use super::super::backup::postgres::{program, run};
use super::super::backup::{Place, Unpacked, unpack};
use super::Wanted;
use super::server::Server;
use crate::backup_args::Moment;
use crate::failure::{Failure, to_stderr};

/// What was restored.
#[derive(Debug, Serialize)]
pub(super) struct Restored {
    pub backup: String,
    pub into: PathBuf,
    /// The last transaction that was found.
    pub recovered_to: DateTime<Utc>,
    /// From the beginning until it could be written.
    pub seconds: f64,
    /// Between the moment that was wanted and the last transaction.
    pub rpo_seconds: f64,
    /// Tables whose rows are not as many as when the backup was made.
    pub differing: Vec<Differing>,
}

/// Restores a moment into a folder that is not there, or empty.
pub(super) async fn restore(
    place: &Place,
    wanted: &Wanted,
    into: &Path,
) -> Result<Restored, Failure> {
    let (begun, asked_at) = (Instant::now(), Utc::now());
    refuse_root()?;
    place.key_file()?;
    let at = match wanted.moment {
        Moment::Latest => None,
        Moment::At(at) => Some(at),
    };
    let log = place.log().await?;
    let manifest = chosen(place, wanted, at, &log).await?;
    make_folder(into)?;
    unpack(place, &manifest, Unpacked::Folder(into)).await?;
    let mut verifying = program("pg_verifybackup", Some(manifest.postgres));
    // The log comes from the archive.
    verifying.args(["--no-parse-wal", "--quiet"]).arg(into);
    run(&mut verifying, "pg_verifybackup").await?;
    let server = Server::recover(&manifest, into, at).await?;
    let seconds = begun.elapsed().as_secs_f64();
    if let (None, Some(replayed)) = (at, server.replayed().await?) {
        let early = rules::not_reached(&manifest, &log, replayed);
        if let Some(name) = early {
            server.stop().await?;
            return Err(ended_early(&name));
        }
    }
    let recovered_to = server.recovered_to().await?.unwrap_or(manifest.finished_at);
    server.mark(recovered_to).await?;
    let differing = rules::differing(&manifest.rows, &server.rows().await?);
    server.check().await?;
    server.stop().await?;
    let lost = at.unwrap_or(asked_at) - recovered_to;
    let restored = Restored {
        backup: manifest.id,
        into: into.to_owned(),
        recovered_to,
        seconds,
        rpo_seconds: lost.as_seconds_f64().max(0.0),
        differing,
    };
    record(place, &restored).await;
    Ok(restored)
}

/// Postgres runs as its own user, to whom the files have to belong.
fn refuse_root() -> Result<(), Failure> {
    match std::fs::metadata("/proc/self")?.uid() {
        0 => Err(Failure::Refused(
            "Postgres does not run as root: sudo -u postgres symancy restore …".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// The backup by which the moment is restored, if the log behind it is whole.
async fn chosen(
    place: &Place,
    wanted: &Wanted,
    at: Option<DateTime<Utc>>,
    log: &[String],
) -> Result<Manifest, Failure> {
    let all = place.backups().await?;
    let found = match &wanted.backup {
        Some(id) => Some(all.iter().find(|one| one.id == *id).ok_or_else(|| {
            Failure::Refused("There is no such backup (symancy backup list).".to_owned())
        })?),
        None => rules::choose(&all, log, at),
    };
    let Some(manifest) = found else {
        return Err(Failure::Refused(match all.first() {
            None => "There is no backup.".to_owned(),
            Some(oldest) => format!(
                "There is no backup from before that moment; the oldest ended at {}.",
                oldest.finished_at.to_rfc3339()
            ),
        }));
    };
    let missing = rules::gaps(manifest, log.iter().map(String::as_str));
    match (missing.first(), at) {
        (None, _) => Ok(manifest.clone()),
        (Some(first), None) => Err(Failure::Refused(format!(
            "The log behind {} has a gap: {first} is missing, and what came after it is lost. Restore a moment before it, \
             with --at and its time; Postgres refuses one after it.",
            manifest.id
        ))),
        // Postgres ends with an error if it does not reach the moment.
        (Some(first), Some(_)) => {
            to_stderr(&format!(
                "The log has a gap: {first} is missing. Moments before it can be restored."
            ));
            Ok(manifest.clone())
        }
    }
}

/// Without a moment to reach, Postgres takes a file that is missing for the end of the log: the first of a new timeline is
/// not seen among the gaps.
fn ended_early(name: &str) -> Failure {
    Failure::Refused(format!(
        "The log has {name}, and its replay has ended before it: a file between is missing. What came after it is lost; \
         restore a moment before it, with --at and its time."
    ))
}

fn make_folder(into: &Path) -> Result<(), Failure> {
    let refused = |why: String| Failure::Refused(format!("{}: {why}.", into.display()));
    std::fs::create_dir_all(into).map_err(|why| refused(why.to_string()))?;
    if std::fs::read_dir(into)?.next().is_some() {
        return Err(refused("the folder is not empty".to_owned()));
    }
    Ok(std::fs::set_permissions(
        into,
        PermissionsExt::from_mode(0o700),
    )?)
}

/// A restore that went well is what the alarm about drills looks at. One whose credential may not write is none the worse.
async fn record(place: &Place, restored: &Restored) {
    let ended_at = Utc::now();
    let drill = Drill {
        backup: restored.backup.clone(),
        ended_at,
        seconds: restored.seconds,
        rpo_seconds: restored.rpo_seconds,
    };
    let key = format!("{}{}.json", rules::DRILLS, rules::stamp(ended_at));
    if let Err(why) = shelf::put(&*place.storage, &key, &drill).await {
        to_stderr(&format!("That this went well is not recorded: {why}."));
    }
}

/// Prints it.
pub(super) fn tell(
    output: &mut Output<'_, impl Write>,
    restored: &Restored,
    next: &str,
) -> Result<(), Failure> {
    let mut sentence = format!(
        "{} is in {}: {:.1} s, last transaction {} ({:.1} s before the moment).",
        restored.backup,
        restored.into.display(),
        restored.seconds,
        restored.recovered_to.to_rfc3339(),
        restored.rpo_seconds,
    );
    for Differing {
        table,
        then,
        restored,
    } in &restored.differing
    {
        let now = restored.map_or_else(|| "gone".to_owned(), |rows| rows.to_string());
        sentence.push_str(&format!("\n{table}: {then} rows in the backup, {now} now"));
    }
    output.line(&format!("{sentence}\n{next}"), restored)
}
