//! A JSON Web Token as we make them (RFC 7519, RFC 8037): one key, one algorithm, one spelling of the header. What
//! a token says of its algorithm is compared, never followed.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The longest token that is read; ours have some 560 bytes.
const MAX_LENGTH: usize = 1_024;

/// The key of all tokens. Cheap to clone.
#[derive(Clone)]
pub(super) struct TokenKey(Arc<Inner>);

struct Inner {
    key: SigningKey,
    /// In base64, with the dot after it.
    header: String,
}

impl TokenKey {
    /// The key for a purpose that follows from a secret.
    pub(super) fn derived(secret: &str, purpose: &str) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
        let mac = mac.expect("HMAC takes keys of any length");
        let seed = mac.chain_update(purpose).finalize().into_bytes();
        Self::of(SigningKey::from_bytes(&seed.into()))
    }

    fn of(key: SigningKey) -> Self {
        let kid = thumbprint(&key);
        let header = format!(r#"{{"alg":"EdDSA","typ":"at+jwt","kid":"{kid}"}}"#);
        let header = BASE64.encode(header) + ".";
        Self(Arc::new(Inner { key, header }))
    }

    /// What others need to check its tokens (RFC 8037, section 2).
    pub(super) fn jwk(&self) -> Value {
        json!({
            "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": thumbprint(&self.0.key),
            "x": BASE64.encode(self.0.key.verifying_key().as_bytes()),
        })
    }

    /// The token of a payload.
    pub(super) fn seal(&self, payload: &[u8]) -> String {
        compact(&self.0.key, &self.0.header, payload)
    }

    /// The payload of a token of ours.
    pub(super) fn open(&self, token: &str) -> Option<Vec<u8>> {
        if token.len() > MAX_LENGTH {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let payload = signed.strip_prefix(&self.0.header)?;
        let signature = Signature::from_slice(&BASE64.decode(signature).ok()?).ok()?;
        let verifier = self.0.key.verifying_key();
        verifier.verify_strict(signed.as_bytes(), &signature).ok()?;
        BASE64.decode(payload).ok()
    }
}

/// The compact form (RFC 7515, section 7.1).
fn compact(key: &SigningKey, header: &str, payload: &[u8]) -> String {
    let mut token = header.to_owned();
    BASE64.encode_string(payload, &mut token);
    let signature = key.sign(token.as_bytes());
    token.push('.');
    BASE64.encode_string(signature.to_bytes(), &mut token);
    token
}

/// The name of a key (RFC 7638).
fn thumbprint(key: &SigningKey) -> String {
    let x = BASE64.encode(key.verifying_key().as_bytes());
    let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
    BASE64.encode(Sha256::digest(jwk))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key of RFC 8037, appendix A.1.
    fn key_of_the_rfc() -> SigningKey {
        let seed = BASE64.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        let seed = seed.expect("base64").try_into().expect("32 bytes");
        SigningKey::from_bytes(&seed)
    }

    /// RFC 8037, appendix A.4.
    #[test]
    fn the_token_of_the_rfc_is_made() {
        let header = BASE64.encode(r#"{"alg":"EdDSA"}"#) + ".";
        let token = compact(&key_of_the_rfc(), &header, b"Example of Ed25519 signing");
        assert_eq!(
            token,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.\
             hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        );
    }

    /// RFC 8037, appendix A.3.
    #[test]
    fn a_key_is_named_by_its_thumbprint() {
        assert_eq!(
            thumbprint(&key_of_the_rfc()),
            "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
        );
    }

    #[test]
    fn only_our_header_is_read_whatever_the_signature_is() {
        let ours = TokenKey::of(key_of_the_rfc());
        let token = ours.seal(b"{}");
        assert_eq!(ours.open(&token).as_deref(), Some(&b"{}"[..]));
        let kid = thumbprint(&ours.0.key);
        for header in [
            r#"{"alg":"EdDSA"}"#.to_owned(),
            r#"{"alg":"none"}"#.to_owned(),
            format!(r#"{{"alg":"none","typ":"at+jwt","kid":"{kid}"}}"#),
            format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{kid}"}}"#),
            format!(r#"{{"alg":"EdDSA","typ":"JWT","kid":"{kid}"}}"#),
            r#"{"alg":"EdDSA","typ":"at+jwt","kid":"another"}"#.to_owned(),
        ] {
            let signed = compact(&ours.0.key, &(BASE64.encode(&header) + "."), b"{}");
            assert_eq!(ours.open(&signed), None, "{header}");
            let unsigned = signed.rsplit_once('.').expect("a signature").0;
            assert_eq!(ours.open(&format!("{unsigned}.")), None, "{header}");
        }
    }

    #[test]
    fn a_token_that_is_cut_changed_or_too_long_is_none() {
        let ours = TokenKey::derived("a secret", "a purpose");
        let token = ours.seal(br#"{"sub":"7"}"#);
        for end in 0..token.len() {
            assert_eq!(ours.open(&token[..end]), None, "{end}");
        }
        for at in 0..token.len() {
            let mut other = token.clone().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).expect("ASCII");
            assert_eq!(ours.open(&other), None, "{at}");
        }
        for other in [
            format!("{token}="),
            format!(" {token}"),
            format!("{token}."),
        ] {
            assert_eq!(ours.open(&other), None, "{other}");
        }
        assert_eq!(ours.open(&ours.seal(&[b' '; MAX_LENGTH])), None);
    }

    #[test]
    fn another_secret_or_purpose_is_another_key() {
        let token = TokenKey::derived("a secret", "a purpose").seal(b"{}");
        for (secret, purpose) in [("another", "a purpose"), ("a secret", "another")] {
            assert_eq!(TokenKey::derived(secret, purpose).open(&token), None);
        }
    }
}
