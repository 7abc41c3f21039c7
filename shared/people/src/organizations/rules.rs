//! What members may do to each other, and whether an invitation is good.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Error;

use super::model::Invitation;
use super::roles::Role;
use crate::codes;

/// The longest name of an organization, in characters.
pub const NAME_MAX: usize = 100;

/// How many organizations a person may be in.
pub const ORGANIZATIONS_MAX: i64 = 50;

/// How many open invitations an organization may have.
pub const INVITATIONS_MAX: i64 = 100;

/// How long an invitation is good, unless it says otherwise.
pub const INVITATION_DAYS: i64 = 7;

/// The longest, in days.
pub const INVITATION_DAYS_MAX: i64 = 30;

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

/// Whether a person with this role may give that one.
///
/// # Errors
/// E204 for a role above their own.
pub fn may_give(own: Role, role: Role) -> Result<(), Error> {
    if own.covers(role) {
        return Ok(());
    }
    Err(Error::Forbidden(
        "nobody gives or takes a role above their own",
    ))
}

/// The refusal of what would leave an organization without an owner.
pub fn needs_owner() -> Error {
    Error::Invalid {
        code: codes::NEEDS_OWNER,
        field: "role",
        why: "the organization has no other owner: make another member an owner first".to_owned(),
    }
}

/// The refusal where an organization asks for a second factor.
pub fn needs_second_factor() -> Error {
    Error::Invalid {
        code: codes::SECOND_FACTOR_REQUIRED,
        field: "session",
        why:
            "set a second factor up with POST /v1/auth/2fa/totp or /v1/auth/passkeys, or prove it in this session with \
              POST /v1/auth/reauthenticate"
                .to_owned(),
    }
}

/// Whether an invitation can be accepted or declined now.
///
/// # Errors
/// E611 with the reason if it is over.
pub fn judge(invitation: &Invitation, now: DateTime<Utc>) -> Result<(), Error> {
    let why = match invitation {
        Invitation {
            accepted_at: Some(_),
            ..
        } => "was accepted already",
        Invitation {
            declined_at: Some(_),
            ..
        } => "was declined",
        Invitation {
            revoked_at: Some(_),
            ..
        } => "was revoked",
        open if open.expires_at <= now => "has expired",
        _ => return Ok(()),
    };
    Err(Error::Invalid {
        code: codes::INVITATION_OVER,
        field: "token",
        why: format!("the invitation {why}: ask for a new one"),
    })
}

/// When an invitation of this many days ends.
///
/// # Errors
/// E105 for too few or too many.
pub fn end_of_invitation(now: DateTime<Utc>, days: Option<i64>) -> Result<DateTime<Utc>, Error> {
    let days = days.unwrap_or(INVITATION_DAYS);
    if !(1..=INVITATION_DAYS_MAX).contains(&days) {
        let why = format!("must be 1 to {INVITATION_DAYS_MAX}");
        return Err(Error::invalid("expires_in_days", why));
    }
    Ok(now + TimeDelta::days(days))
}
