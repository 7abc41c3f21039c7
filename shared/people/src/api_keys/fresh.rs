//! Making a random key.

use rand::SeedableRng;
use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::{StdRng, SysRng};

use super::rules::{NAME_LEN, SECRET_LEN, TAG, checksum};
use kernel::error::Error;

/// A key that was just made. Shown once, never stored.
pub struct FreshKey {
    pub text: String,
    /// Its beginning, which names it in lists and logs.
    pub prefix: String,
}

/// Makes a key with 190 secret random bits, from a generator with a seed of 256.
///
/// # Errors
/// `Internal` if the system has no random bytes.
pub fn make() -> Result<FreshKey, Error> {
    let mut random = StdRng::try_from_rng(&mut SysRng)
        .map_err(|why| Error::internal(format!("no random bytes: {why}")))?;
    let name = Alphanumeric.sample_string(&mut random, NAME_LEN);
    let secret = Alphanumeric.sample_string(&mut random, SECRET_LEN);
    let prefix = format!("{TAG}{name}");
    let body = format!("{prefix}_{secret}");
    let text = format!("{body}{}", checksum(body.as_bytes()));
    Ok(FreshKey { text, prefix })
}
