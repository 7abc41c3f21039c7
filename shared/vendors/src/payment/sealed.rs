//! Tokens of means of payment in calls that are kept (ChaCha20-Poly1305, RFC 8439): a copy of the database alone charges
//! nothing, and the call can still be read again.
//!
//! Some vendors say a token in a notification and nowhere else, so it cannot be left out. The key is derived from what we
//! share with the vendor, which is enough to charge without the database. After it was replaced, a call that is still kept
//! saves nothing.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::digest::{Context, SHA256};
use ring::rand::{SecureRandom, SystemRandom};

/// What the key is derived for.
const PURPOSE: &[u8] = b"symancy tokens in calls of vendors, ChaCha20-Poly1305, 1";

/// What stands before a token that is sealed. No vendor writes it.
const PREFIX: &str = "sealed:";

/// Seals the tokens of one vendor, and opens them.
pub(super) struct Seal(Option<LessSafeKey>);

impl Seal {
    /// `secret`: what the vendor and we know.
    pub(super) fn of(secret: &str) -> Self {
        let mut digest = Context::new(&SHA256);
        digest.update(PURPOSE);
        digest.update(secret.as_bytes());
        let key = UnboundKey::new(&CHACHA20_POLY1305, digest.finish().as_ref());
        Self(key.ok().map(LessSafeKey::new))
    }

    /// A token as it may be kept. What cannot be sealed is left out.
    pub(super) fn sealed(&self, token: &str) -> String {
        self.seal(token).unwrap_or_else(|| PREFIX.to_owned())
    }

    fn seal(&self, token: &str) -> Option<String> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).ok()?;
        let mut text = token.as_bytes().to_vec();
        let unique = Nonce::assume_unique_for_key(nonce);
        let key = self.0.as_ref()?;
        key.seal_in_place_append_tag(unique, Aad::empty(), &mut text)
            .ok()?;
        let whole = [nonce.as_slice(), &text].concat();
        Some(format!("{PREFIX}{}", BASE64_STANDARD.encode(whole)))
    }

    /// A token as it came, or as it was kept; `None`: it cannot be opened.
    pub(super) fn opened(&self, kept: &str) -> Option<String> {
        let Some(sealed) = kept.strip_prefix(PREFIX) else {
            return Some(kept.to_owned());
        };
        let whole = BASE64_STANDARD.decode(sealed).ok()?;
        let (nonce, text) = whole.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let opened = self
            .0
            .as_ref()?
            .open_in_place(nonce, Aad::empty(), &mut text);
        String::from_utf8(opened.ok()?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_opened_with_the_same_secret_alone() {
        let seal = Seal::of("a secret");
        let kept = seal.sealed("tk_1");
        assert!(kept.starts_with("sealed:") && !kept.contains("tk_1"));
        assert_ne!(seal.sealed("tk_1"), kept, "each time in another way");
        assert_eq!(Seal::of("a secret").opened(&kept).as_deref(), Some("tk_1"));
        assert_eq!(Seal::of("another").opened(&kept), None);
        for odd in ["sealed:", "sealed:AA==", "sealed:?"] {
            assert_eq!(seal.opened(odd), None, "{odd}");
        }
        assert_eq!(seal.opened("tk_1").as_deref(), Some("tk_1"));
    }
}
