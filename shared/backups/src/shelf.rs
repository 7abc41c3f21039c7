//! The bucket of the backups: what lies in it, and how it is read.

use bytes::Bytes;
use kernel::Error;
use vendors::ProviderError;
use vendors::storage::{Body, Storage, Stored};

use crate::manifest::{Drill, Manifest};
use crate::rules;

/// All backups that are whole, the oldest first.
///
/// # Errors
/// Those of the bucket; a manifest that cannot be read.
pub async fn backups(storage: &dyn Storage) -> Result<Vec<Manifest>, Error> {
    let mut found = Vec::new();
    for stored in all(storage, rules::BACKUPS).await? {
        if rules::id_of_manifest(&stored.key).is_none() {
            continue;
        }
        if let Some(bytes) = storage.get(&stored.key).await? {
            found.push(read(&stored.key, &bytes)?);
        }
    }
    Ok(found)
}

/// The newest backup that is whole.
///
/// # Errors
/// Those of the bucket; a manifest that cannot be read.
pub async fn newest(storage: &dyn Storage) -> Result<Option<Manifest>, Error> {
    let stored = all(storage, rules::BACKUPS).await?;
    let manifest = |one: &&Stored| rules::id_of_manifest(&one.key).is_some();
    let Some(newest) = stored.iter().rev().find(manifest) else {
        return Ok(None);
    };
    let found = storage.get(&newest.key).await?;
    found.map(|bytes| read(&newest.key, &bytes)).transpose()
}

/// The newest restore that went well.
///
/// # Errors
/// Those of the bucket; a record that cannot be read.
pub async fn last_drill(storage: &dyn Storage) -> Result<Option<Drill>, Error> {
    let Some(newest) = all(storage, rules::DRILLS).await?.pop() else {
        return Ok(None);
    };
    let found = storage.get(&newest.key).await?;
    found.map(|bytes| read(&newest.key, &bytes)).transpose()
}

/// All objects with this prefix, in the order of their keys.
///
/// # Errors
/// Those of the bucket.
pub async fn all(storage: &dyn Storage, prefix: &str) -> Result<Vec<Stored>, ProviderError> {
    let mut found: Vec<Stored> = Vec::new();
    loop {
        let after = found.last().map(|last| last.key.clone());
        let page = storage.list(prefix, after.as_deref()).await?;
        if page.is_empty() {
            return Ok(found);
        }
        found.extend(page);
    }
}

/// Stores a record as JSON.
///
/// # Errors
/// Those of the bucket.
pub async fn put(
    storage: &dyn Storage,
    key: &str,
    record: &impl serde::Serialize,
) -> Result<(), Error> {
    let bytes = serde_json::to_vec(record).map_err(Error::internal)?;
    let body = Body::Memory(Bytes::from(bytes));
    Ok(storage.put(key, body, "application/json").await?)
}

/// Reads a record.
///
/// # Errors
/// It is none; the sentence names its key.
pub fn read<T: serde::de::DeserializeOwned>(key: &str, bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(|why| Error::internal(format!("{key}: {why}")))
}
