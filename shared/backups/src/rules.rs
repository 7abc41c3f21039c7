//! Names of objects and of files of the log, what is missing, what is kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::manifest::{Manifest, TableRows};

/// The prefix of all backups.
pub const BACKUPS: &str = "backups/";
/// The prefix of all files of the log.
pub const WAL: &str = "wal/";
/// The prefix of the records of restores that went well.
pub const DRILLS: &str = "drills/";

/// The id of a backup that begins now.
pub fn backup_id(now: DateTime<Utc>) -> String {
    stamp(now)
}

/// A time in the name of an object: names sort by it.
pub fn stamp(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%S%.3fZ").to_string()
}

/// The key of the manifest of a backup, which is written last: without one there is no backup.
pub fn manifest_key(id: &str) -> String {
    format!("{BACKUPS}{id}/manifest.json")
}

/// The backup whose manifest has this key.
pub fn id_of_manifest(key: &str) -> Option<&str> {
    key.strip_prefix(BACKUPS)?.strip_suffix("/manifest.json")
}

/// The key of a part, counted from 0.
pub fn part_key(id: &str, number: usize) -> String {
    format!("{BACKUPS}{id}/{number:06}.age")
}

/// The prefix of the key of a file of the log; what follows is the digest of what it holds.
pub fn wal_prefix(name: &str) -> String {
    format!("{WAL}{name}.")
}

/// The key of a file of the log. The digest is that of the file as Postgres has it: encrypted again it is another
/// object each time, and Postgres may hand a file over twice.
pub fn wal_key(name: &str, sha256: &str) -> String {
    format!("{}{sha256}.gz.age", wal_prefix(name))
}

/// Name and digest of a file of the log.
pub fn of_wal_key(key: &str) -> Option<(&str, &str)> {
    let rest = key.strip_prefix(WAL)?.strip_suffix(".gz.age")?;
    // A name may have dots of its own: `00000002.history`.
    rest.rsplit_once('.')
}

/// A whole file of the log: timeline, and number in it. Others are histories of timelines and labels of backups.
pub fn segment(name: &str, segment_bytes: u64) -> Option<(u32, u64)> {
    if name.len() != 24 {
        return None;
    }
    let number = |at: std::ops::Range<usize>| u32::from_str_radix(name.get(at)?, 16).ok();
    let (timeline, log, low) = (number(0..8)?, number(8..16)?, number(16..24)?);
    let in_log = LOG_BYTES.checked_div(segment_bytes)?;
    Some((timeline, u64::from(log) * in_log + u64::from(low)))
}

/// The name of a file of the log.
pub fn segment_name((timeline, number): (u32, u64), segment_bytes: u64) -> Option<String> {
    let in_log = LOG_BYTES
        .checked_div(segment_bytes)
        .filter(|count| *count > 0)?;
    Some(format!(
        "{timeline:08X}{:08X}{:08X}",
        number / in_log,
        number % in_log
    ))
}

/// Bytes that the middle part of a name counts (`XLogSegmentsPerXLogId` of Postgres).
const LOG_BYTES: u64 = 0x1_0000_0000;

/// The files of the log that are missing between the first that a backup needs and the newest of each timeline;
/// each gap by its first file.
pub fn gaps<'a>(manifest: &Manifest, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    if manifest.has_own_log {
        return Vec::new();
    }
    let bytes = manifest.wal_segment_bytes;
    let Some((own, first)) = segment(&manifest.wal_first, bytes) else {
        return vec![manifest.wal_first.clone()];
    };
    let mut timelines: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::from([(own, BTreeSet::new())]);
    for (timeline, number) in names.into_iter().filter_map(|name| segment(name, bytes)) {
        if timeline > own || (timeline == own && number >= first) {
            timelines.entry(timeline).or_default().insert(number);
        }
    }
    let mut missing = Vec::new();
    for (timeline, numbers) in timelines {
        // A later timeline begins where a restore had ended.
        let mut next = match timeline == own {
            true => first,
            false => numbers.first().copied().unwrap_or_default(),
        };
        if numbers.is_empty() {
            missing.extend(segment_name((timeline, next), bytes));
        }
        for number in numbers {
            if number != next {
                missing.extend(segment_name((timeline, next), bytes));
            }
            next = number + 1;
        }
    }
    missing
}

/// The number of the newest file of the newest timeline; `None`: that has none yet. A restore of the newest moment that
/// ends before it has lost something.
fn newest(log: &[String], segment_bytes: u64) -> Option<(u32, u64)> {
    let (mut newest, mut timeline) = (None, 0);
    for name in log {
        let history = name.strip_suffix(".history");
        let of_history = history.and_then(|number| u32::from_str_radix(number, 16).ok());
        timeline = timeline.max(of_history.unwrap_or_default());
        newest = newest.max(segment(name, segment_bytes));
    }
    newest.filter(|(own, _)| *own >= timeline)
}

/// The file of the log that a replay up to `replayed` bytes should have reached and has not, if `log` has one.
pub fn not_reached(manifest: &Manifest, log: &[String], replayed: u64) -> Option<String> {
    let bytes = manifest.wal_segment_bytes;
    let newest = newest(log, bytes)?;
    // An end at the border of two files is in the first.
    let reached = replayed.saturating_sub(1).checked_div(bytes)?;
    let is_behind = !manifest.has_own_log && newest.1 > reached;
    segment_name(newest, bytes).filter(|_| is_behind)
}

/// Whether the history of the deployment goes past a backup: a restore had ended before it, and what came then is another
/// timeline. `log` has the names of the files of the log.
fn is_abandoned(one: &Manifest, log: &[String]) -> bool {
    let bytes = one.wal_segment_bytes;
    let Some((own, first)) = segment(&one.wal_first, bytes).filter(|_| !one.has_own_log) else {
        return false;
    };
    let mut files = log.iter().filter_map(|name| segment(name, bytes));
    files.any(|(timeline, number)| timeline > own && number <= first)
}

/// The backup by which a moment is restored: the newest that had ended before it, and that the log has not left behind.
pub fn choose<'a>(
    backups: &'a [Manifest],
    log: &[String],
    at: Option<DateTime<Utc>>,
) -> Option<&'a Manifest> {
    let before = |one: &&Manifest| at.is_none_or(|at| one.finished_at <= at);
    backups
        .iter()
        .filter(before)
        .filter(|one| !is_abandoned(one, log))
        .max_by_key(|one| one.finished_at)
}

/// The backups that are not needed any more: those that ended before the newest of those that are old enough to
/// restore the beginning of the time that is kept. The newest of all stays, however old it is.
pub fn expired<'a>(
    backups: &'a [Manifest],
    log: &[String],
    now: DateTime<Utc>,
    keep_days: u16,
) -> Vec<&'a Manifest> {
    let begin = now - TimeDelta::days(i64::from(keep_days));
    let Some(oldest) = choose(backups, log, Some(begin)) else {
        return Vec::new();
    };
    let is_before = |one: &&Manifest| one.finished_at < oldest.finished_at;
    backups.iter().filter(is_before).collect()
}

/// Whether a file of the log is older than all that these backups need. Histories of timelines stay: they are small,
/// and a restore needs them.
pub fn is_spent(name: &str, kept: &[&Manifest]) -> bool {
    let needed = kept.iter().filter_map(|one| {
        let (_, first) = segment(&one.wal_first, one.wal_segment_bytes)?;
        Some((first, one.wal_segment_bytes))
    });
    let Some((first, bytes)) = needed.min() else {
        return false;
    };
    // Numbers go on over timelines.
    let own = name.split('.').next().and_then(|name| segment(name, bytes));
    own.is_some_and(|(_, number)| number < first)
}

/// A table whose rows are not as many as when the backup was made.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Differing {
    pub table: String,
    /// When the backup was made.
    pub then: i64,
    /// In the restored database; `None`: the table is not there.
    pub restored: Option<i64>,
}

/// The tables that differ. Rows that came or went between the backup and the restored moment make one differ too.
pub fn differing(then: &[TableRows], restored: &[TableRows]) -> Vec<Differing> {
    let restored: BTreeMap<&str, i64> = restored
        .iter()
        .map(|one| (one.table.as_str(), one.rows))
        .collect();
    let one = |before: &TableRows| {
        let now = restored.get(before.table.as_str()).copied();
        (now != Some(before.rows)).then(|| Differing {
            table: before.table.clone(),
            then: before.rows,
            restored: now,
        })
    };
    then.iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests;
