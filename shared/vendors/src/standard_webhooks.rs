//! The signature of webhooks that a receiver of any make can verify: Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>), symmetric.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The bytes of a secret, by the specification.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that the sender and one receiver share.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The headers of a message: its id, which is the same for every try, its time, and the signature over both
    /// and the body.
    pub fn headers(&self, id: &str, at: DateTime<Utc>, body: &[u8]) -> [(&'static str, String); 3] {
        let at = at.timestamp();
        [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", at.to_string()),
            ("webhook-signature", self.signature(id, at, body)),
        ]
    }

    fn signature(&self, id: &str, at: i64, body: &[u8]) -> String {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{at}.").as_bytes());
        mac.update(body);
        let mac = mac.finalize().into_bytes();
        format!("v1,{}", BASE64_STANDARD.encode(mac))
    }
}

impl FromStr for Secret {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = BASE64_STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text));
        let bytes = bytes.map_err(|_| "must be `whsec_` and base64")?;
        match SECRET_BYTES.contains(&bytes.len()) {
            true => Ok(Self(bytes)),
            false => Err("must be `whsec_` and the base64 of 24 to 64 bytes"),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector of the specification's own libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn a_message_is_signed_as_the_specification_signs_it() {
        let at = DateTime::from_timestamp(1_614_265_330, 0).expect("a time");
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        for secret in [SECRET, SECRET.trim_start_matches("whsec_")] {
            let secret: Secret = secret.parse().expect("a secret");
            let headers = secret.headers(id, at, body);
            assert_eq!(
                headers.map(|(_, value)| value),
                [id, "1614265330", SIGNATURE]
            );
        }
    }

    #[test]
    fn a_secret_has_24_to_64_bytes_in_base64() {
        let of = |bytes: usize| format!("whsec_{}", BASE64_STANDARD.encode(vec![7; bytes]));
        for (bytes, is_good) in [(23, false), (24, true), (64, true), (65, false)] {
            assert_eq!(of(bytes).parse::<Secret>().is_ok(), is_good, "{bytes}");
        }
        assert!("whsec_not base64".parse::<Secret>().is_err());
    }
}
