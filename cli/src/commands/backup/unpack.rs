//! Reads a backup from its first byte to its last.

use std::path::Path;
use std::process::{ExitStatus, Stdio};

use backups::manifest::{Manifest, Part};
use backups::rules;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::process::{ChildStdin, Command};

use super::{Place, age};
use crate::failure::Failure;

/// What is made of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unpacked<'a> {
    /// A folder, which is there and empty.
    Folder(&'a Path),
    /// Nothing: it is only read.
    Nothing,
}

/// Decrypts and unpacks a backup. A part that is not there, or not what was stored, is refused before any byte of it is
/// used; age finds a key that is not the right one, and an end that was cut off.
pub(crate) async fn unpack(
    place: &Place,
    manifest: &Manifest,
    into: Unpacked<'_>,
) -> Result<(), Failure> {
    let mut opening = age::opening(place.key_file()?);
    let mut opener = age::start(opening.stdin(Stdio::piped()).stdout(Stdio::piped()))?;
    let mut unpacking = tar(into);
    if let Some(opened) = opener.stdout.take() {
        let opened: Stdio = opened.try_into()?;
        unpacking.stdin(opened);
    }
    let mut unpacker = age::start(&mut unpacking)?;
    // It holds the other end of the pipe: if tar ends early, age would wait for ever for a reader.
    drop(unpacking);
    let fed = match opener.stdin.take() {
        Some(entrance) => feed(place, manifest, entrance).await,
        None => Ok(()),
    };
    let ended = [
        ("age", opener.wait().await?),
        ("tar", unpacker.wait().await?),
    ];
    fed?;
    ended
        .into_iter()
        .try_for_each(|(program, ended)| check(program, ended))
}

fn tar(into: Unpacked<'_>) -> Command {
    let mut command = Command::new("tar");
    match into {
        Unpacked::Folder(folder) => command
            .args(["--extract", "--gzip", "--file=-", "--directory"])
            .arg(folder),
        Unpacked::Nothing => command.args(["--list", "--gzip", "--file=-"]),
    };
    command.stdout(Stdio::null()).kill_on_drop(true);
    command
}

fn check(program: &str, ended: ExitStatus) -> Result<(), Failure> {
    match ended.success() {
        true => Ok(()),
        false => Err(Failure::Refused(format!(
            "{program}: {ended}; it has said why. Is BACKUP_KEY_FILE the key of this backup?"
        ))),
    }
}

async fn feed(place: &Place, manifest: &Manifest, mut entrance: ChildStdin) -> Result<(), Failure> {
    for (number, part) in manifest.parts.iter().enumerate() {
        let key = rules::part_key(&manifest.id, number);
        let Some(bytes) = place.storage.get(&key).await? else {
            return Err(Failure::Refused(format!(
                "{key} is not there: the backup is not whole."
            )));
        };
        compare(&key, part, &bytes)?;
        if entrance.write_all(&bytes).await.is_err() {
            // The program has ended, and says why.
            return Ok(());
        }
    }
    Ok(())
}

fn compare(key: &str, part: &Part, bytes: &[u8]) -> Result<(), Failure> {
    if bytes.len() as u64 == part.bytes && hex::encode(Sha256::digest(bytes)) == part.sha256 {
        return Ok(());
    }
    Err(Failure::Refused(format!(
        "{key} is not what was stored: it has {} bytes of {}, or other ones. This backup cannot be restored.",
        bytes.len(),
        part.bytes
    )))
}
