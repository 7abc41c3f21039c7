//! The form of what an endpoint is made of.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Error;
use url::Url;
use vendors::webhook::Internet;

use crate::types;

/// How many endpoints an account can have.
const ENDPOINTS_MAX: i64 = 10;

/// The longest description, in characters.
const DESCRIPTION_MAX: usize = 200;

/// Deliveries are kept so long.
pub const KEPT_DAYS: i64 = 30;

/// An address.
///
/// # Errors
/// E105 for one that may not be called.
pub fn url(raw: &str, internet: Internet) -> Result<Url, Error> {
    let url: Url = raw.trim().parse().map_err(|_| {
        Error::invalid(
            "url",
            "is not an address (example: https://example.com/hooks)",
        )
    })?;
    match internet.judge(&url) {
        Ok(()) => Ok(url),
        Err(why) => Err(Error::invalid("url", why)),
    }
}

/// A description, as it is stored; an empty one is none.
///
/// # Errors
/// E105 if it is too long.
pub fn description(raw: Option<String>) -> Result<Option<String>, Error> {
    let text = raw.map(|text| text.trim().to_owned());
    let text = text.filter(|text| !text.is_empty());
    if text
        .as_ref()
        .is_some_and(|text| text.chars().count() > DESCRIPTION_MAX)
    {
        let why = format!("must have at most {DESCRIPTION_MAX} characters");
        return Err(Error::invalid("description", why));
    }
    Ok(text)
}

/// Names of events, each once.
///
/// # Errors
/// E105 for one that cannot be subscribed to.
pub fn events(mut names: Vec<String>) -> Result<Vec<String>, Error> {
    names.sort_unstable();
    names.dedup();
    match names.iter().find(|name| !types::is_offered(name)) {
        None => Ok(names),
        Some(_) => Err(Error::invalid(
            "events",
            "must be names of GET /v1/event-types that can be subscribed to",
        )),
    }
}

/// Whether an account that has this many endpoints may have one more.
///
/// # Errors
/// `Conflict` if not.
pub fn judge_count(endpoints: i64) -> Result<(), Error> {
    if endpoints < ENDPOINTS_MAX {
        return Ok(());
    }
    let why = format!("the account has {ENDPOINTS_MAX} endpoints: delete one first");
    Err(Error::Conflict(why))
}

/// Since when deliveries are replayed.
///
/// # Errors
/// E105 for a moment to come, and for one of which nothing is kept.
pub fn since(since: DateTime<Utc>, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    if since <= now && since >= now - TimeDelta::days(KEPT_DAYS) {
        return Ok(since);
    }
    let why = format!("must be in the past, and within {KEPT_DAYS} days");
    Err(Error::invalid("since", why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_events_are_those_of_the_list_each_once() {
        let names = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        let read = events(names(&["reading.ended", "plan.changed", "reading.ended"]));
        assert_eq!(
            read.expect("good"),
            names(&["plan.changed", "reading.ended"])
        );
        for bad in ["person.created", "webhook.tested", "*", ""] {
            assert!(events(names(&[bad])).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_replay_begins_in_the_last_thirty_days() {
        let now = DateTime::from_timestamp(1_764_500_000, 0).expect("a moment");
        for (days, good) in [(0, true), (30, true), (31, false), (-1, false)] {
            assert_eq!(
                since(now - TimeDelta::days(days), now).is_ok(),
                good,
                "{days}"
            );
        }
    }
}
