//! The form of a key, and whether it is accepted.
//!
//! `sym_` + 8 characters that name it + `_` + 32 secret ones + 6 of CRC-32 over all before, in
//! base 62, as GitHub does it
//! (<https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>):
//! a key that was mistyped, cut off or made up is refused without a query, and scanners for leaked
//! secrets find one by its form.

use core::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::model::ApiKey;
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
/// E202 for a revoked key, E203 for an expired one, E204 from an address outside its networks.
pub fn judge(key: &ApiKey, now: DateTime<Utc>, address: Option<IpAddr>) -> Result<(), Error> {
    if key.revoked_at.is_some() {
        return Err(Error::Unauthenticated(kernel::codes::INVALID_TOKEN));
    }
    if key.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::Unauthenticated(kernel::codes::TOKEN_EXPIRED));
    }
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
