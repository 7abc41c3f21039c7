//! Making a random key.

use rand::TryRng;
use rand::rngs::SysRng;

use super::rules::{BASE62, NAME_LEN, SECRET_LEN, TAG, checksum};
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
    let name = random(NAME_LEN)?;
    let secret = random(SECRET_LEN)?;
    let prefix = format!("{TAG}{name}");
    let body = format!("{prefix}_{secret}");
    let text = format!("{body}{}", checksum(body.as_bytes()));
    Ok(FreshKey { text, prefix })
}

fn random(len: usize) -> Result<String, Error> {
    let mut text = String::with_capacity(len);
    let mut bytes = [0; 64];
    while text.len() < len {
        SysRng
            .try_fill_bytes(&mut bytes)
            .map_err(|why| Error::internal(format!("no random bytes: {why}")))?;
        // 248 is four times 62: larger bytes would make some characters more likely.
        let fair = bytes.iter().filter(|byte| **byte < 248);
        let chars = fair.map(|byte| char::from(BASE62[usize::from(byte % 62)]));
        text.extend(chars.take(len - text.len()));
    }
    Ok(text)
}
