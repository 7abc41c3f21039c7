//! Random texts that only their bearer knows.

use kernel::Error;
use rand::SeedableRng;
use rand::distr::{Alphanumeric, SampleString};
use rand::rngs::{StdRng, SysRng};

/// A random text of this many letters and digits, six bits each, from a generator with a seed of 256.
///
/// # Errors
/// `Internal` if the system has no random bytes.
pub fn alphanumeric(len: usize) -> Result<String, Error> {
    let mut random = StdRng::try_from_rng(&mut SysRng)
        .map_err(|why| Error::internal(format!("no random bytes: {why}")))?;
    Ok(Alphanumeric.sample_string(&mut random, len))
}
