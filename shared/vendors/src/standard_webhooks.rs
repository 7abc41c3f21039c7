//! The signature of webhooks that a receiver of any make can verify: Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>), symmetric.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use kernel::error::Error;
use ring::rand::{Random, SystemRandom};
use sha2::Sha256;

/// The bytes of a secret, by the specification.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that the sender and one receiver share.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

/// Bytes of a secret that is made here.
const FRESH_BYTES: usize = 32;

/// The headers of a message that is signed with several secrets, while one takes the place of another.
pub fn headers(
    secrets: &[Secret],
    id: &str,
    at: DateTime<Utc>,
    body: &[u8],
) -> [(&'static str, String); 3] {
    let at = at.timestamp();
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| secret.signature(id, at, body))
        .collect();
    [
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", signatures.join(" ")),
    ]
}

impl Secret {
    /// A new secret.
    ///
    /// # Errors
    /// `Internal` if the system has no random bytes.
    pub fn fresh() -> Result<Self, Error> {
        let random: Random<[u8; FRESH_BYTES]> = ring::rand::generate(&SystemRandom::new())
            .map_err(|_| Error::internal("no random bytes"))?;
        Ok(Self(random.expose().to_vec()))
    }

    /// As its owner is shown it.
    pub fn text(&self) -> String {
        format!("whsec_{}", BASE64_STANDARD.encode(&self.0))
    }

    /// The headers of a message: its id, which is the same for every try, its time, and the signature over both
    /// and the body.
    pub fn headers(&self, id: &str, at: DateTime<Utc>, body: &[u8]) -> [(&'static str, String); 3] {
        headers(std::slice::from_ref(self), id, at, body)
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

    /// By the specification a receiver takes one of several signatures, which blanks separate.
    #[test]
    fn with_two_secrets_both_signatures_stand_in_the_header() {
        let at = DateTime::from_timestamp(1_614_265_330, 0).expect("a time");
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", br#"{"test": 2432232314}"#);
        let old: Secret = SECRET.parse().expect("a secret");
        let new = Secret::fresh().expect("a secret");
        let [_, _, (_, alone)] = new.headers(id, at, body);
        let [_, _, (name, both)] = headers(&[new, old], id, at, body);
        assert_eq!(
            (name, both),
            ("webhook-signature", format!("{alone} {SIGNATURE}"))
        );
    }

    #[test]
    fn a_fresh_secret_is_read_again_as_it_is_shown_and_each_is_another_one() {
        let (one, other) = (Secret::fresh().expect("one"), Secret::fresh().expect("one"));
        assert_ne!(one.text(), other.text());
        let read: Secret = one.text().parse().expect("a secret");
        assert_eq!(read.text(), one.text());
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
