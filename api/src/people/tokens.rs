//! The access tokens that were good, so that each signature is checked once. Whether a token has expired is asked every
//! time, and so is whether its session has ended ([`super::signed_in`]).

use std::time::Duration;

use chrono::{DateTime, Utc};
use kernel::Error;
use moka::sync::Cache;
use people::sessions::{self, Sessions, Verified};
use sha2::{Digest, Sha256};

/// How many are remembered; some 250 bytes each.
const TOKENS_MAX: u64 = 20_000;

/// The cache. By digest: it holds no token that could be used. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct Tokens {
    sessions: Sessions,
    seen: Cache<[u8; 32], Verified>,
}

impl Tokens {
    /// Of tokens that these sessions have made.
    pub fn new(sessions: Sessions) -> Self {
        let lifetime = sessions::LIFETIME.to_std().unwrap_or(Duration::ZERO);
        let cache = Cache::builder().max_capacity(TOKENS_MAX);
        Self {
            sessions,
            seen: cache.time_to_live(lifetime).build(),
        }
    }

    /// As [`Sessions::verify`].
    ///
    /// # Errors
    /// E202 for a token that was not made here, E203 when its session is over.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Verified, Error> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        let known = self.seen.get(&digest);
        let verified = match known {
            Some(verified) => verified,
            None => {
                let verified = self.sessions.read(token)?;
                self.seen.insert(digest, verified);
                verified
            }
        };
        verified.judge(now)?;
        Ok(verified)
    }
}
