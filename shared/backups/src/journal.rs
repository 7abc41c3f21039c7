//! What is written beside the database, because a restored one does not know it: who was deleted, and which photos
//! were accepted. Objects are added and never changed, so that the credential of the programs needs no other right.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Error;
use serde::{Deserialize, Serialize};
use vendors::storage::{self, Storage};

use crate::config::BackupConfig;
use crate::rules::stamp;
use crate::shelf;

/// The prefix of the records of deletions.
pub const ERASED: &str = "journal/erased/";
/// The prefix of the records of accepted photos.
pub const PHOTOS: &str = "journal/photos/";

/// For how long it is known which photos were accepted: longer than any restore of the newest moment takes.
const PHOTOS_FOR: TimeDelta = TimeDelta::days(2);
/// For how much longer than backups it is known who was deleted.
const BEYOND_BACKUPS: TimeDelta = TimeDelta::days(10);

/// The journal. Cheap to clone.
#[derive(Clone)]
pub struct Journal {
    storage: Arc<dyn Storage>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Journal")
    }
}

/// A photo that was accepted from the bot's chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedPhoto {
    /// Telegram's number of the update.
    pub update_id: i64,
    pub chat_id: i64,
    /// Telegram's id of the photo.
    pub file_id: String,
    /// When the API had committed it.
    pub at: DateTime<Utc>,
}

impl Journal {
    /// The journal in the bucket of the backups; `None`: there is none.
    pub fn open(config: &BackupConfig) -> Option<Self> {
        let storage = storage::build(config.bucket.as_ref()?);
        Some(Self { storage })
    }

    /// Where it is written.
    pub fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    /// Writes that a person is about to be deleted: before the transaction that does it, so that no deletion is
    /// without its record. `digest` stands for them, and says nothing to others (hexadecimal).
    ///
    /// # Errors
    /// Those of the bucket: the deletion has to wait.
    pub async fn erases(&self, digest: &str, now: DateTime<Utc>) -> Result<(), Error> {
        let key = format!("{ERASED}{}-{digest}", stamp(now));
        shelf::put(&*self.storage, &key, &now).await
    }

    /// The digests of all whose deletion is recorded, and how many of the records were written since.
    ///
    /// # Errors
    /// Those of the bucket.
    pub async fn erased(&self, since: DateTime<Utc>) -> Result<(HashSet<String>, usize), Error> {
        let all = shelf::all(&*self.storage, ERASED).await?;
        let begin = format!("{ERASED}{}", stamp(since));
        let late = all.iter().filter(|one| one.key >= begin).count();
        let digest = |key: &str| key.rsplit_once('-').map(|(_, digest)| digest.to_owned());
        let digests = all.iter().filter_map(|one| digest(&one.key)).collect();
        Ok((digests, late))
    }

    /// Writes that a photo was accepted.
    ///
    /// # Errors
    /// Those of the bucket.
    pub async fn accepted(&self, photo: &AcceptedPhoto) -> Result<(), Error> {
        let key = format!("{PHOTOS}{}-{}", stamp(photo.at), photo.update_id);
        shelf::put(&*self.storage, &key, photo).await
    }

    /// The photos that were accepted since, the oldest first.
    ///
    /// # Errors
    /// Those of the bucket; a record that cannot be read.
    pub async fn accepted_since(&self, since: DateTime<Utc>) -> Result<Vec<AcceptedPhoto>, Error> {
        let begin = format!("{PHOTOS}{}", stamp(since));
        let mut photos = Vec::new();
        for stored in shelf::all(&*self.storage, PHOTOS).await? {
            if stored.key < begin {
                continue;
            }
            if let Some(bytes) = self.storage.get(&stored.key).await? {
                photos.push(shelf::read(&stored.key, &bytes)?);
            }
        }
        Ok(photos)
    }
}

/// The prefixes of the journal, and the moment before which records are not needed any more. `oldest`: when the oldest
/// backup was begun that is kept; the newest is kept however old it is.
pub fn kept_since(
    now: DateTime<Utc>,
    keep_days: u16,
    oldest: Option<DateTime<Utc>>,
) -> [(&'static str, DateTime<Utc>); 2] {
    let backups = now - TimeDelta::days(i64::from(keep_days));
    let oldest = oldest.map_or(backups, |oldest| oldest.min(backups));
    [
        (ERASED, oldest - BEYOND_BACKUPS),
        (PHOTOS, now - PHOTOS_FOR),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deletions_are_known_for_longer_than_the_oldest_backup_that_is_kept() {
        let (now, day) = (DateTime::UNIX_EPOCH, TimeDelta::days(1));
        let since = |oldest| kept_since(now, 30, oldest)[0];
        assert_eq!(since(None), (ERASED, now - day * 40));
        assert_eq!(since(Some(now - day * 3)), (ERASED, now - day * 40));
        assert_eq!(since(Some(now - day * 100)), (ERASED, now - day * 110));
    }
}
