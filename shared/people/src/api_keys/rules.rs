//! The form of a key, and whether it is accepted.
//!
//! `sym_` + 8 characters that name it + `_` + 32 secret ones + 6 of CRC-32 over all before, in
//! base 62, as GitHub does it
//! (<https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>):
//! a key that was mistyped, cut off or made up is refused without a query, and scanners for leaked
//! secrets find one by its form.

use core::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use ipnet::IpNet;
use sha2::{Digest, Sha256};

use super::model::{ApiKey, Period, Scope, Scopes};
use crate::organizations::roles::Role;
use kernel::error::Error;
use kernel::networks::{Networks, network};

pub(super) const TAG: &str = "sym_";
pub(super) const NAME_LEN: usize = 8;
pub(super) const SECRET_LEN: usize = 32;
const CHECKSUM_LEN: usize = 6;
const PREFIX_LEN: usize = TAG.len() + NAME_LEN;
const BODY_LEN: usize = PREFIX_LEN + 1 + SECRET_LEN;
const LEN: usize = BODY_LEN + CHECKSUM_LEN;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// CRC-32, six digits of base 62.
pub(super) fn checksum(body: &[u8]) -> String {
    let mut rest = crc32fast::hash(body);
    let mut digits = [b'0'; CHECKSUM_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.into_iter().map(char::from).collect()
}

/// Whether form and checksum are those of a key.
pub fn is_well_formed(given: &[u8]) -> bool {
    given.len() == LEN
        && given.starts_with(TAG.as_bytes())
        && given[PREFIX_LEN] == b'_'
        && given[BODY_LEN..] == *checksum(&given[..BODY_LEN]).as_bytes()
        && (given.iter().enumerate())
            .all(|(at, byte)| at == 3 || at == PREFIX_LEN || byte.is_ascii_alphanumeric())
}

/// What is stored of a key. It is random, so it needs no salt and no slow hash.
pub fn digest(key: &[u8]) -> [u8; 32] {
    Sha256::digest(key).into()
}

/// Whether a key is accepted now, from this address.
///
/// # Errors
/// As [`judge_time`]; E204 from an address outside its networks.
pub fn judge(key: &ApiKey, now: DateTime<Utc>, address: Option<IpAddr>) -> Result<(), Error> {
    judge_time(key, now)?;
    if key.allowed_addresses.is_empty() {
        return Ok(());
    }
    // A line that cannot be read allows no address.
    let lines = key.allowed_addresses.iter();
    let allowed: Networks = lines.filter_map(|line| network(line).ok()).collect();
    if address.is_some_and(|address| allowed.contain(address)) {
        Ok(())
    } else {
        Err(Error::Forbidden("the key is not allowed from this address"))
    }
}

/// Whether a key is accepted now, if it comes from where it may.
///
/// # Errors
/// E202 for a key that is revoked or switched off, E203 for an expired one.
pub fn judge_time(key: &ApiKey, now: DateTime<Utc>) -> Result<(), Error> {
    if key.revoked_at.is_some() || !key.enabled {
        return Err(Error::Unauthenticated(kernel::codes::INVALID_TOKEN));
    }
    if key.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::Unauthenticated(kernel::codes::TOKEN_EXPIRED));
    }
    Ok(())
}

/// Whether a key that is bound to these persons may act for this one; `None`: to none.
///
/// # Errors
/// E204 for another person.
pub fn judge_person(persons: Option<&[i64]>, telegram_id: i64) -> Result<(), Error> {
    match persons {
        Some(bound) if !bound.contains(&telegram_id) => {
            Err(Error::Forbidden("the key is bound to other persons"))
        }
        _ => Ok(()),
    }
}

/// The person whom a key acts for that names none; `None`: all.
///
/// # Errors
/// E104 if it is bound to several, E204 if to none any more.
pub fn only_person(persons: Option<&[i64]>) -> Result<Option<i64>, Error> {
    match persons {
        None => Ok(None),
        Some([only]) => Ok(Some(*only)),
        Some([]) => Err(Error::Forbidden("the key is bound to no person any more")),
        Some(_) => Err(Error::missing(
            "X-Telegram-User-Id",
            "required for a key that is bound to several persons",
        )),
    }
}

/// The period of this spelling.
pub fn period(text: &str) -> Option<Period> {
    let all = [Period::Day, Period::Month];
    all.into_iter().find(|period| period.as_str() == text)
}

/// Whether a key may be replaced by another one.
///
/// # Errors
/// `Conflict` if it was, or is over.
pub fn may_be_replaced(old: &ApiKey, now: DateTime<Utc>) -> Result<(), Error> {
    let prefix = &old.prefix;
    let why = if old.replaced_by.is_some() {
        format!("{prefix} has been replaced already")
    } else if old.revoked_at.is_some() {
        format!("{prefix} is revoked; create a new key")
    } else if old.expires_at.is_some_and(|end| end <= now) {
        format!("{prefix} has expired; create a new key")
    } else {
        return Ok(());
    };
    Err(Error::Conflict(why))
}

/// When the successor of a key expires: it lives as long as that one did.
pub fn end_of_successor(old: &ApiKey, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    old.expires_at.map(|end| now + (end - old.created_at))
}

/// The most that a key of an account can be given: what its maker may.
#[derive(Clone, Copy, Debug)]
pub struct Ceiling<'a> {
    /// The maker's role in the account.
    pub role: Role,
    /// The key by which the maker comes, if not in person.
    pub key: Option<&'a ApiKey>,
}

impl Ceiling<'_> {
    /// Whether the maker may give these scopes.
    ///
    /// # Errors
    /// E105 for a scope that is unknown or for operators alone, E204 for one that the maker lacks.
    pub fn judge_scopes(self, wanted: &[String]) -> Result<(), Error> {
        let of_role = Scopes::of_role(self.role);
        for text in wanted {
            let scope = Scope::ALL.iter().find(|scope| scope.as_str() == text);
            let scope = scope.filter(|scope| scope.permission().is_some());
            let scope = *scope.ok_or_else(|| Error::invalid("scopes", known_scopes(text)))?;
            let of_key = |key: &ApiKey| Scopes::of(&key.scopes).allow(scope);
            if !of_role.allow(scope) || !self.key.is_none_or(of_key) {
                return Err(Error::Forbidden("a key has no more scopes than its maker"));
            }
        }
        Ok(())
    }

    /// Whether the maker may let a key come from these networks; none: from any.
    ///
    /// # Errors
    /// E204 if the maker may not come from all of them.
    pub fn judge_networks(self, wanted: &[String]) -> Result<(), Error> {
        let own = self.key.map_or(&[][..], |key| &key.allowed_addresses);
        let own: Vec<IpNet> = own.iter().filter_map(|line| network(line).ok()).collect();
        let bound = self
            .key
            .is_some_and(|key| !key.allowed_addresses.is_empty());
        let within = |line: &String| {
            network(line).is_ok_and(|wanted| own.iter().any(|own| own.contains(&wanted)))
        };
        if bound && (wanted.is_empty() || !wanted.iter().all(within)) {
            return Err(Error::Forbidden(
                "a key is not allowed from more networks than its maker",
            ));
        }
        Ok(())
    }

    /// Whether the maker may make a key that ends at this moment, or never.
    ///
    /// # Errors
    /// As [`Self::judge_limits`]; E204 if it would outlive the maker's own.
    pub fn judge_rest(self, expires_at: Option<DateTime<Utc>>) -> Result<(), Error> {
        self.judge_limits()?;
        match self.key.and_then(|key| key.expires_at) {
            Some(end) if expires_at.is_none_or(|wanted| wanted > end) => {
                Err(Error::Forbidden("a key does not outlive its maker"))
            }
            _ => Ok(()),
        }
    }

    /// Whether the maker may say what rate and quota a key has.
    ///
    /// # Errors
    /// E204 for a key that has limits itself: it could lift them, or double them by a second key.
    pub fn judge_limits(self) -> Result<(), Error> {
        let is_limited = |key: &ApiKey| key.rate_per_minute.is_some() || key.quota.is_some();
        if self.key.is_some_and(is_limited) {
            return Err(Error::Forbidden(
                "a key with a rate or a quota makes no keys and changes no limits",
            ));
        }
        Ok(())
    }
}

fn known_scopes(text: &str) -> String {
    let all = Scope::ALL
        .iter()
        .filter(|scope| scope.permission().is_some());
    let known: Vec<&str> = all.map(|scope| scope.as_str()).collect();
    format!("{text:?} is none of {}", known.join(", "))
}

/// When a replaced key expires: after the grace period, and never later than before.
pub fn end_of_replaced(
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    grace: TimeDelta,
) -> DateTime<Utc> {
    let end = now + grace;
    expires_at.map_or(end, |was| was.min(end))
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
