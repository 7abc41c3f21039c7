//! Making a random key.

use super::rules::{NAME_LEN, SECRET_LEN, TAG, checksum};
use crate::secrets;
use kernel::error::Error;

/// A key that was just made. Shown once, never stored.
pub struct FreshKey {
    pub text: String,
    /// Its beginning, which names it in lists and logs.
    pub prefix: String,
}

/// Makes a key with 190 secret random bits.
///
/// # Errors
/// `Internal` if the system has no random bytes.
pub fn make() -> Result<FreshKey, Error> {
    let name = secrets::alphanumeric(NAME_LEN)?;
    let secret = secrets::alphanumeric(SECRET_LEN)?;
    let prefix = format!("{TAG}{name}");
    let body = format!("{prefix}_{secret}");
    let text = format!("{body}{}", checksum(body.as_bytes()));
    Ok(FreshKey { text, prefix })
}
