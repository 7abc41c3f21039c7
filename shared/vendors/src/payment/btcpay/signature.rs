//! BTCPay's signature of its calls, over their bytes as they came.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Whether the header is the one of this body: `sha256=` and HMAC-SHA256 in lower hex.
pub(super) fn is_right(given: &str, secret: &str, body: &[u8]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(body);
    let expected = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    expected.as_bytes().ct_eq(given.as_bytes()).into()
}
