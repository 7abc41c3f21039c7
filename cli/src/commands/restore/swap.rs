//! `symancy restore --swap`: the restored data takes the place of what is there, which stays beside it.

use std::io::Write;
use std::path::{Path, PathBuf};

use backups::rules::stamp;
use chrono::Utc;

use super::super::Output;
use super::super::backup::{Place, wal};
use super::{Wanted, physical};
use crate::failure::Failure;

pub(super) async fn swap(
    output: &mut Output<'_, impl Write>,
    place: &Place,
    wanted: &Wanted,
    data: &Path,
) -> Result<(), Failure> {
    refuse_running(data)?;
    // The history of the new timeline is archived when all else is done: that is too late to find that it cannot be.
    place.recipient()?;
    let now = stamp(Utc::now());
    let (new, old) = (beside(data, "restored", &now), beside(data, "before", &now));
    let mut restored = physical::restore(place, wanted, &new).await?;
    // Before the history is archived: every later restore follows the newest timeline there.
    refuse_running(data)?;
    // Without it the next restore would not find what comes from now on.
    for history in histories(&new)? {
        wal::push(place, &history).await?;
    }
    if data.exists() {
        std::fs::rename(data, &old)?;
    }
    std::fs::rename(&new, data)?;
    data.clone_into(&mut restored.into);
    let next = format!(
        "What was there is in {}. Start the server, then: symancy restore finish, and symancy backup now.",
        old.display()
    );
    physical::tell(output, &restored, &next)
}

fn refuse_running(data: &Path) -> Result<(), Failure> {
    match data.join("postmaster.pid").exists() {
        true => Err(Failure::Refused(format!(
            "A server runs in {}, or was killed there (postmaster.pid): stop it first.",
            data.display()
        ))),
        false => Ok(()),
    }
}

fn beside(data: &Path, what: &str, now: &str) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(format!(".{what}-{now}"));
    PathBuf::from(name)
}

/// The histories of the timelines that the restored server knows.
fn histories(data: &Path) -> Result<Vec<PathBuf>, Failure> {
    let files = std::fs::read_dir(data.join("pg_wal"))?.flatten();
    let paths = files.map(|entry| entry.path());
    Ok(paths
        .filter(|path| path.extension().is_some_and(|end| end == "history"))
        .collect())
}
