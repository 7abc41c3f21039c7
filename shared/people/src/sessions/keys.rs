//! The secrets of sessions: what signs access tokens, refresh tokens, and the proof that a page may send cookies.

use hmac::{Hmac, KeyInit, Mac};
use kernel::env::{Env, Section, Setting, Spelling};
use sha2::Sha256;
use std::sync::Arc;
use subtle::ConstantTimeEq;

use super::lifetimes::{ACCESS, Lifetimes, REFRESH};

const KEY: Setting = Setting::optional(
    "ACCESS_TOKEN_KEY",
    "a-long-random-text",
    "What the keys of people's sessions follow from (openssl rand -hex 32). The same for all processes; with \
     another one all sign in again, unless the old one is among ACCESS_TOKEN_KEYS_BEFORE. Not set: they follow \
     from the token of the bot.",
)
.chosen_secret()
.also(&[Spelling::same("JWT_SECRET")]);
const BEFORE: Setting = Setting::optional(
    "ACCESS_TOKEN_KEYS_BEFORE",
    "the-one-before-this-one",
    "What ACCESS_TOKEN_KEY was before, separated by commas, the newest first: tokens that were made with these are \
     still good. Take one out after 90 days. Not set: none.",
)
.chosen_secret();

pub const SETTINGS: Section = Section {
    title: "Sessions",
    settings: &[KEY, BEFORE, ACCESS, REFRESH],
};

/// What the keys follow from, and how long what they sign works.
#[derive(Clone, Default)]
pub struct AccessKeys {
    now: Option<String>,
    before: Vec<String>,
    pub(super) lifetimes: Lifetimes,
}

impl AccessKeys {
    /// Reads this part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        let now = env.optional(&KEY);
        if now.is_none() {
            env.weakness(&KEY, "it is not set; make one with `openssl rand -hex 32`");
        }
        let before = env.optional(&BEFORE).unwrap_or_default();
        let before = before
            .split(',')
            .map(str::trim)
            .filter(|one| !one.is_empty());
        Self {
            now,
            before: before.map(str::to_owned).collect(),
            lifetimes: Lifetimes::read(env),
        }
    }

    /// The secrets, that of new tokens first; `bot_token` stands in for it.
    pub(super) fn secrets<'a>(&'a self, bot_token: &'a str) -> impl Iterator<Item = &'a str> {
        let now = self.now.as_deref().unwrap_or(bot_token);
        std::iter::once(now).chain(self.before.iter().map(String::as_str))
    }
}

/// Keys of HMAC-SHA-256 for one purpose. Cheap to clone.
#[derive(Clone)]
pub(super) struct MacKeys(Arc<[[u8; 32]]>);

impl MacKeys {
    /// Those for a purpose that follow from secrets, that of new tags first.
    pub(super) fn derived<'a>(secrets: impl Iterator<Item = &'a str>, purpose: &str) -> Self {
        Self(
            secrets
                .map(|secret| tag(secret.as_bytes(), purpose))
                .collect(),
        )
    }

    /// The tag of a text.
    pub(super) fn tag(&self, text: &str) -> [u8; 16] {
        self.0.first().map_or([0; 16], |key| half(tag(key, text)))
    }

    /// Whether a tag was made here.
    pub(super) fn verify(&self, text: &str, given: &[u8]) -> bool {
        let same = |key: &[u8; 32]| bool::from(half(tag(key, text)).as_slice().ct_eq(given));
        self.0.iter().any(same)
    }

    /// The whole tag, for what is looked up by it.
    pub(super) fn digest(&self, text: &str) -> [u8; 32] {
        self.0.first().map_or([0; 32], |key| tag(key, text))
    }
}

fn half(whole: [u8; 32]) -> [u8; 16] {
    let mut first = [0; 16];
    first.copy_from_slice(&whole[..16]);
    first
}

fn tag(key: &[u8], text: &str) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(key);
    let mac = mac.expect("HMAC takes keys of any length");
    mac.chain_update(text).finalize().into_bytes().into()
}
