//! The archive of the log: Postgres hands over each file when it is full, or after `archive_timeout`, and asks for it
//! again when a backup is restored.

use std::io::{Read, Write};
use std::path::Path;

use backups::{rules, shelf};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};
use vendors::storage::Body;

use super::{Place, age};
use crate::failure::Failure;

/// `symancy backup wal-push`: succeeds only once the file is in the bucket, for Postgres removes it then. The same file
/// may come twice; another one of its name is refused.
pub(crate) async fn push(place: &Place, path: &Path) -> Result<(), Failure> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let plain = std::fs::read(path)
        .map_err(|why| Failure::Refused(format!("{} cannot be read: {why}.", path.display())))?;
    let digest = hex::encode(Sha256::digest(&plain));
    let stored = place.storage.list(&rules::wal_prefix(name), None).await?;
    let mut known = stored.iter().filter_map(|one| rules::of_wal_key(&one.key));
    match known.find(|(known, _)| *known == name) {
        Some((_, before)) if before == digest => return Ok(()),
        Some(_) => {
            return Err(Failure::Refused(format!(
                "Another {name} is in the archive: two servers archive into one bucket, or one was restored and its \
                 history was not archived (docs/BACKUPS.md)."
            )));
        }
        None => {}
    }
    let mut small = GzEncoder::new(Vec::new(), Compression::fast());
    small.write_all(&plain)?;
    let sealed = age::through(age::sealing(place.recipient()?), &small.finish()?).await?;
    let (key, body) = (
        rules::wal_key(name, &digest),
        Body::Memory(Bytes::from(sealed)),
    );
    Ok(place
        .storage
        .put(&key, body, "application/octet-stream")
        .await?)
}

/// `symancy backup wal-fetch`: a file that is not there is the end of the log; anything else ends the recovery.
pub(crate) async fn fetch(place: &Place, name: &str, target: &Path) -> Result<(), Failure> {
    match find(place, name).await {
        Ok(Some(plain)) => std::fs::write(target, plain).map_err(|why| {
            Failure::Aborted(format!("{} cannot be written: {why}.", target.display()))
        }),
        Ok(None) => Err(Failure::Refused(format!("{name} is not in the archive."))),
        Err(Failure::Refused(why)) => Err(Failure::Aborted(format!("{name}: {why}"))),
        Err(why) => Err(why),
    }
}

async fn find(place: &Place, name: &str) -> Result<Option<Vec<u8>>, Failure> {
    let stored = shelf::all(&*place.storage, &rules::wal_prefix(name)).await?;
    let of_name = |key: &str| {
        let (known, digest) = rules::of_wal_key(key)?;
        (known == name).then(|| (key.to_owned(), digest.to_owned()))
    };
    let Some((key, digest)) = stored.iter().find_map(|one| of_name(&one.key)) else {
        return Ok(None);
    };
    let Some(sealed) = place.storage.get(&key).await? else {
        return Ok(None);
    };
    let small = age::through(age::opening(place.key_file()?), &sealed).await?;
    let mut plain = Vec::new();
    GzDecoder::new(small.as_slice()).read_to_end(&mut plain)?;
    if hex::encode(Sha256::digest(&plain)) != digest {
        return Err(Failure::Refused("it is not what was archived.".to_owned()));
    }
    Ok(Some(plain))
}
