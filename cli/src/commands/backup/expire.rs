//! Removes what is older than it is kept, after each backup: backups, the log before the first of them, the journal,
//! and parts of backups that were broken off.

use std::collections::HashSet;

use backups::journal::kept_since;
use backups::manifest::Manifest;
use backups::{rules, shelf};
use chrono::{DateTime, TimeDelta, Utc};

use super::Place;
use crate::failure::Failure;

/// A backup that takes longer is not taken for one that was broken off.
const UNFINISHED_FOR: TimeDelta = TimeDelta::days(2);

/// Returns how many objects are removed.
pub(super) async fn expire(place: &Place, now: DateTime<Utc>) -> Result<usize, Failure> {
    let all = place.backups().await?;
    let log = place.log().await?;
    let gone: HashSet<&str> = rules::expired(&all, &log, now, place.config.keep_days)
        .into_iter()
        .map(|one| one.id.as_str())
        .collect();
    let kept: Vec<&Manifest> = all
        .iter()
        .filter(|one| !gone.contains(one.id.as_str()))
        .collect();
    let mut keys = spent_backups(place, &gone, &kept, now).await?;
    for stored in shelf::all(&*place.storage, rules::WAL).await? {
        let name = rules::of_wal_key(&stored.key).map(|(name, _)| name);
        if name.is_some_and(|name| rules::is_spent(name, &kept)) {
            keys.push(stored.key);
        }
    }
    let oldest = kept.iter().map(|one| one.started_at).min();
    for (prefix, since) in kept_since(now, place.config.keep_days, oldest) {
        let stored = shelf::all(&*place.storage, prefix).await?;
        let old = stored.into_iter().filter(|one| one.modified < since);
        keys.extend(old.map(|one| one.key));
    }
    for key in &keys {
        place.storage.delete(key).await?;
    }
    Ok(keys.len())
}

/// The manifest goes first: what is half removed is no backup.
async fn spent_backups(
    place: &Place,
    gone: &HashSet<&str>,
    kept: &[&Manifest],
    now: DateTime<Utc>,
) -> Result<Vec<String>, Failure> {
    let is_kept = |id: &str| kept.iter().any(|one| one.id == id);
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    for stored in shelf::all(&*place.storage, rules::BACKUPS).await? {
        let id = stored
            .key
            .strip_prefix(rules::BACKUPS)
            .and_then(|key| key.split('/').next());
        let id = id.unwrap_or_default();
        let is_left_over = !is_kept(id) && stored.modified < now - UNFINISHED_FOR;
        if gone.contains(id) || is_left_over {
            let is_manifest = rules::id_of_manifest(&stored.key).is_some();
            if is_manifest { &mut first } else { &mut rest }.push(stored.key);
        }
    }
    first.append(&mut rest);
    Ok(first)
}
