//! The rules of exports and deletions. Pure.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use kernel::error::Error;

/// What a person has to write to have everything deleted (design document, section 6.2).
pub const CONFIRMATION_CODE: &str = "DELETE_MY_DATA";

/// Deletion is promised within this time (design document, section 6.2).
pub const DELETION_DEADLINE: TimeDelta = TimeDelta::hours(72);

/// A copy, and a deletion, can be had once in this time.
pub const ONCE_IN: TimeDelta = TimeDelta::days(1);

/// How long an archive is kept, in days.
pub const ARCHIVE_DAYS: i32 = 7;

/// How long a link from the API works at most.
pub const LINK_MAX: Duration = Duration::from_secs(3_600);

/// How long the link in the chat works at most: a message may be read the next morning.
pub const CHAT_LINK_MAX: Duration = Duration::from_secs(24 * 3_600);

/// The name under which an archive is saved.
pub const FILE_NAME: &str = "symancy-data.zip";

/// The prefix of the keys of all archives. Not that of the photos, whose sweep would delete them.
pub const ARCHIVES: &str = "exports/";

/// The key of the archive of a request. Always the same, so a repeated run replaces it.
pub fn archive_key(request_id: Uuid) -> String {
    format!("{ARCHIVES}{request_id}.zip")
}

/// The request that a key in the bucket belongs to.
pub fn request_of(key: &str) -> Option<Uuid> {
    key.strip_prefix(ARCHIVES)?
        .strip_suffix(".zip")?
        .parse()
        .ok()
}

/// The lifetime of a link that is made now: at most `max`, and never longer than the archive is kept.
/// In whole seconds; `None` if nothing is left.
pub fn link_lifetime(
    expires_at: DateTime<Utc>,
    now: DateTime<Utc>,
    max: Duration,
) -> Option<Duration> {
    let left = (expires_at - now).to_std().ok()?;
    let seconds = left.min(max).as_secs();
    (seconds > 0).then(|| Duration::from_secs(seconds))
}

/// Checks what a person wrote to confirm the deletion.
///
/// # Errors
/// E104 if it is missing, E105 if it is anything else.
pub fn confirm(code: Option<&str>) -> Result<(), Error> {
    let why = format!("must be {CONFIRMATION_CODE}");
    match code {
        Some(CONFIRMATION_CODE) => Ok(()),
        None => Err(Error::missing("confirmation_code", why)),
        Some(_) => Err(Error::invalid("confirmation_code", why)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_ends_with_its_archive_and_is_not_made_after_it() {
        let now = DateTime::UNIX_EPOCH;
        let of = |left: TimeDelta| link_lifetime(now + left, now, LINK_MAX);
        assert_eq!(of(TimeDelta::days(7)), Some(Duration::from_secs(3_600)));
        assert_eq!(
            of(TimeDelta::milliseconds(90_900)),
            Some(Duration::from_secs(90))
        );
        assert_eq!(of(TimeDelta::milliseconds(900)), None);
        assert_eq!(of(TimeDelta::seconds(-1)), None);
    }

    #[test]
    fn the_key_of_an_archive_leads_back_to_its_request_and_no_other_key_does() {
        let id = Uuid::from_u128(7);
        assert_eq!(request_of(&archive_key(id)), Some(id));
        for key in ["exports/x.zip", "exports/", "analyses/7.zip", ""] {
            assert_eq!(request_of(key), None, "{key}");
        }
    }

    #[test]
    fn only_the_exact_code_confirms() {
        assert!(confirm(Some("DELETE_MY_DATA")).is_ok());
        for code in [
            None,
            Some(""),
            Some("delete_my_data"),
            Some("DELETE_MY_DATA "),
        ] {
            assert_eq!(confirm(code).expect_err("refused").status(), 400);
        }
    }
}
