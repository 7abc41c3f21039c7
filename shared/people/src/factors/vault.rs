//! Seals what has to be read again (ChaCha20-Poly1305, RFC 8439): a copy of the database alone opens nothing.

use std::sync::Arc;

use kernel::env::{Env, Section, Setting};
use kernel::error::Error;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::{digest, hmac};
use uuid::Uuid;

/// What the key is derived for.
const PURPOSE: &[u8] = b"symancy second factors, ChaCha20-Poly1305, 1";

const KEY: Setting = Setting::optional(
    "ENCRYPTION_KEY",
    "a-long-random-text",
    "What the secrets of people's second factors, those of webhooks, and what is charged when plans renew are sealed with \
     (openssl rand -hex 32). The same for all processes. With another one what is sealed cannot be used, unless the old one is among \
     ENCRYPTION_KEYS_BEFORE. Not set: no app for codes can be set up, no webhook, and no card is kept for renewals.",
)
.chosen_secret();
const BEFORE: Setting = Setting::optional(
    "ENCRYPTION_KEYS_BEFORE",
    "the-one-before-this-one",
    "What ENCRYPTION_KEY was before, separated by commas: what was sealed with these is still opened. Not set: none.",
)
.chosen_secret();

pub const SETTINGS: Section = Section {
    title: "Second factors and saved cards",
    settings: &[KEY, BEFORE],
};

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vault({} keys)", self.0.len())
    }
}

/// The keys, that of new secrets first. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<[Key]>);

struct Key {
    id: String,
    key: LessSafeKey,
}

/// A secret as it is stored.
#[derive(Clone, Debug)]
pub struct Sealed {
    pub key_id: String,
    pub bytes: Vec<u8>,
}

impl Vault {
    /// Reads this part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        let now = env.optional(&KEY);
        let before = env.optional(&BEFORE).unwrap_or_default();
        if now.is_none() && !before.is_empty() {
            env.fault(
                &BEFORE,
                "ENCRYPTION_KEY is not set: there is none before it",
            );
        }
        let before = before
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty());
        Self(
            now.as_deref()
                .into_iter()
                .chain(before)
                .filter_map(Key::of)
                .collect(),
        )
    }

    /// Whether there is a key to seal with.
    pub fn can_seal(&self) -> bool {
        !self.0.is_empty()
    }

    /// The id of the key that new secrets are sealed with.
    pub fn key_id(&self) -> Option<&str> {
        self.0.first().map(|key| key.id.as_str())
    }

    /// Seals a secret of a person.
    ///
    /// # Errors
    /// `Conflict` without a key.
    pub fn seal(&self, user_id: Uuid, secret: &[u8]) -> Result<Sealed, Error> {
        let Some(key) = self.0.first() else {
            return Err(Error::Conflict(
                "the operator has to set ENCRYPTION_KEY first: without it no secret can be kept"
                    .to_owned(),
            ));
        };
        let nonce: [u8; NONCE_LEN] = rand::random();
        let mut sealed = secret.to_vec();
        let tag = key.key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(user_id.as_bytes()),
            &mut sealed,
        );
        tag.map_err(|_| Error::internal("a secret cannot be sealed"))?;
        Ok(Sealed {
            key_id: key.id.clone(),
            bytes: [&nonce[..], &sealed].concat(),
        })
    }

    /// The secret of a person.
    ///
    /// # Errors
    /// `Internal` without its key, and for what was changed or belongs to somebody else.
    pub fn open(&self, user_id: Uuid, key_id: &str, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let key = self.0.iter().find(|key| key.id == key_id);
        let key = key.ok_or_else(|| {
            Error::internal(format!(
                "no ENCRYPTION_KEY, now or before, has the id {key_id}"
            ))
        })?;
        let damaged = || Error::internal("a sealed secret is damaged");
        let (nonce, bytes) = sealed.split_first_chunk().ok_or_else(damaged)?;
        let mut opened = bytes.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let aad = Aad::from(user_id.as_bytes());
        let secret = key.key.open_in_place(nonce, aad, &mut opened);
        Ok(secret.map_err(|_| damaged())?.to_vec())
    }
}

impl Key {
    fn of(secret: &str) -> Option<Self> {
        let bytes = hmac::sign(
            &hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()),
            PURPOSE,
        );
        let id = digest::digest(&digest::SHA256, bytes.as_ref());
        let key = UnboundKey::new(&CHACHA20_POLY1305, bytes.as_ref()).ok()?;
        Some(Self {
            id: hex::encode(id.as_ref().get(..4)?),
            key: LessSafeKey::new(key),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(now: Option<&str>, before: &str) -> Vault {
        let lookup = |name: &str| match name {
            "ENCRYPTION_KEY" => now.map(str::to_owned),
            "ENCRYPTION_KEYS_BEFORE" => Some(before.to_owned()),
            _ => None,
        };
        Vault::read(&mut Env::new(&lookup))
    }

    fn open(vault: &Vault, person: Uuid, sealed: &Sealed) -> Result<Vec<u8>, Error> {
        vault.open(person, &sealed.key_id, &sealed.bytes)
    }

    const ANN: Uuid = Uuid::from_u128(1);

    #[test]
    fn what_is_sealed_is_opened_for_the_same_person_alone_also_after_a_change_of_the_key() {
        let old = vault(Some("the-old-one"), "");
        let sealed = old.seal(ANN, b"a secret").expect("sealed");
        assert!(!sealed.bytes.windows(8).any(|part| part == b"a secret"));
        let after = vault(Some("the-new-one"), "another, the-old-one");
        assert_eq!(open(&after, ANN, &sealed).expect("opened"), b"a secret");
        assert_ne!(
            after.seal(ANN, b"a secret").expect("sealed").key_id,
            sealed.key_id
        );
        assert!(open(&old, Uuid::from_u128(2), &sealed).is_err());
        assert!(open(&vault(Some("the-new-one"), ""), ANN, &sealed).is_err());
        for at in 0..sealed.bytes.len() {
            let mut other = sealed.clone();
            other.bytes[at] ^= 1;
            assert!(open(&old, ANN, &other).is_err(), "{at}");
            other.bytes.truncate(at);
            assert!(open(&old, ANN, &other).is_err(), "{at}");
        }
    }

    #[test]
    fn one_secret_is_sealed_in_another_way_each_time() {
        let vault = vault(Some("a-key"), "");
        let seal = || vault.seal(ANN, b"a secret").expect("sealed").bytes;
        assert_ne!(seal(), seal());
    }

    #[test]
    fn without_a_key_nothing_is_sealed_and_the_refusal_names_it() {
        let refused = vault(None, "").seal(ANN, b"a secret").expect_err("no key");
        assert!(refused.to_string().contains("ENCRYPTION_KEY"), "{refused}");
    }
}
