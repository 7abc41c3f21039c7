//! The form of what a key of an account is made of.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Error;
use kernel::networks::network;

/// The longest name, in characters.
const NAME_MAX: usize = 100;

/// The longest note, in characters.
const NOTE_MAX: usize = 500;

/// How many networks a key can name.
const NETWORKS_MAX: usize = 50;

/// How many keys of an account can be there that are neither revoked nor over.
const KEYS_MAX: i64 = 100;

/// The most requests a minute that can be said.
const RATE_MAX: i32 = 1_000_000;

/// The longest life of a key, in days.
const DAYS_MAX: i64 = 3_650;

/// The overlap of a rotation that says nothing, in seconds.
const OVERLAP: i64 = 86_400;

/// The longest, in seconds: 30 days.
const OVERLAP_MAX: i64 = 2_592_000;

/// A name, as it is stored.
///
/// # Errors
/// E105 if it is empty or too long.
pub fn name(raw: &str) -> Result<String, Error> {
    let name = raw.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        let why = format!("must have 1 to {NAME_MAX} characters");
        return Err(Error::invalid("name", why));
    }
    Ok(name.to_owned())
}

/// A note, as it is stored; an empty one is none.
///
/// # Errors
/// E105 if it is too long.
pub fn note(raw: Option<String>) -> Result<Option<String>, Error> {
    let note = raw.map(|note| note.trim().to_owned());
    let note = note.filter(|note| !note.is_empty());
    if note
        .as_ref()
        .is_some_and(|note| note.chars().count() > NOTE_MAX)
    {
        let why = format!("must have at most {NOTE_MAX} characters");
        return Err(Error::invalid("note", why));
    }
    Ok(note)
}

/// Whether there is a scope, and none twice.
///
/// # Errors
/// E105 if not.
pub fn judge_scopes(scopes: &[String]) -> Result<(), Error> {
    let twice = |scope: &String| scopes.iter().filter(|other| *other == scope).count() > 1;
    if scopes.is_empty() || scopes.iter().any(twice) {
        return Err(Error::invalid(
            "scopes",
            "must name at least one, each once",
        ));
    }
    Ok(())
}

/// Networks, as they are stored.
///
/// # Errors
/// E105 for too many, and for what is none.
pub fn networks(raw: &[String]) -> Result<Vec<String>, Error> {
    let field = "allowed_addresses";
    if raw.len() > NETWORKS_MAX {
        return Err(Error::invalid(field, format!("at most {NETWORKS_MAX}")));
    }
    let read = raw.iter().map(|line| {
        let network = network(line).map_err(|why| Error::invalid(field, why))?;
        Ok(network.to_string())
    });
    read.collect()
}

/// When a new key ends.
///
/// # Errors
/// E105 for a moment that is over, or more than ten years away.
pub fn end(end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, Error> {
    if end.is_some_and(|end| end <= now || end > now + TimeDelta::days(DAYS_MAX)) {
        let why = "must be in the future, within ten years";
        return Err(Error::invalid("expires_at", why));
    }
    Ok(end)
}

/// A rate.
///
/// # Errors
/// E105 out of bounds.
pub fn rate(raw: i32) -> Result<i32, Error> {
    if (1..=RATE_MAX).contains(&raw) {
        return Ok(raw);
    }
    let why = format!("must be 1 to {RATE_MAX}");
    Err(Error::invalid("rate_per_minute", why))
}

/// The limit of a quota.
///
/// # Errors
/// E105 below 1.
pub fn quota(raw: i64) -> Result<i64, Error> {
    match raw {
        1.. => Ok(raw),
        _ => Err(Error::invalid("quota", "the limit must be at least 1")),
    }
}

/// How long a replaced key stays.
///
/// # Errors
/// E105 out of bounds.
pub fn overlap(seconds: Option<i64>) -> Result<TimeDelta, Error> {
    let seconds = seconds.unwrap_or(OVERLAP);
    if (0..=OVERLAP_MAX).contains(&seconds) {
        return Ok(TimeDelta::seconds(seconds));
    }
    let why = format!("must be 0 to {OVERLAP_MAX}");
    Err(Error::invalid("overlap_seconds", why))
}

/// Whether an account that has this many keys may have one more.
///
/// # Errors
/// `Conflict` if not.
pub fn judge_count(keys: i64) -> Result<(), Error> {
    if keys < KEYS_MAX {
        return Ok(());
    }
    let why = format!("the account has {KEYS_MAX} keys: revoke or delete one first");
    Err(Error::Conflict(why))
}
