//! Proof that a request comes from a person inside our Mini App: Telegram's `initData`.
//!
//! Two forms. For our own bot: HMAC with a key made from its token
//! (<https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app>; the design
//! document swaps key and message of the first HMAC, and Telegram's page wins). For other bots whose
//! Mini App may use this API: Telegram's own Ed25519 signature, for which no token is needed
//! (<https://core.telegram.org/bots/webapps#validating-data-for-third-party-use>).

use std::borrow::Cow;
use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::{Signature, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::users::model::{TELEGRAM_ID_MAX, TelegramProfile, name};
use kernel::env::{Env, Section, Setting};
use kernel::error::{Error, ErrorCode};
use kernel::text::storable_json;

/// How far Telegram's clock may be ahead of ours.
const MAX_SKEW: TimeDelta = TimeDelta::minutes(1);

/// The longest `initData` that is read; real ones have a few hundred bytes.
const MAX_LENGTH: usize = 4_096;

/// The keys with which Telegram signs, from its page: of the production and of the test servers.
const PRODUCTION_KEY: &str = "e7bf03a2fa4602af4580703d88dda5bb59f32ed8b02a56c187fe7d34caed242d";
const TEST_KEY: &str = "40055058a4ee38156a06562e52eece92a771bcd8346a8c4615cb7376eddf72ec";

const MAX_AGE: Setting = Setting::new(
    "INIT_DATA_MAX_AGE_SECONDS",
    "3600",
    "How old the initData of the Mini App may be.",
);
const BOT_IDS: Setting = Setting::optional(
    "TELEGRAM_INIT_DATA_BOT_IDS",
    "7342037359",
    "Other bots whose Mini App may use this API, without their tokens: ids separated by commas. Not \
     set: none.",
);
const TEST_ENVIRONMENT: Setting = Setting::new(
    "TELEGRAM_TEST_ENVIRONMENT",
    "false",
    "Whether those bots live on Telegram's test servers.",
);

pub const SETTINGS: Section = Section {
    title: "Mini App",
    settings: &[MAX_AGE, BOT_IDS, TEST_ENVIRONMENT],
};

/// Which `initData` is accepted, and for how long.
#[derive(Clone, Debug)]
pub struct InitDataConfig {
    /// The largest age of `auth_date`.
    pub max_age: TimeDelta,
    /// Other bots whose Mini App may use this API.
    pub bot_ids: BotIds,
    /// Whether those bots are on Telegram's test servers.
    pub test_environment: bool,
}

impl InitDataConfig {
    /// Reads this part of the environment.
    pub fn read(env: &mut Env<'_>) -> Self {
        let max_age = env.within(&MAX_AGE, 60..=86_400);
        Self {
            max_age: TimeDelta::seconds(max_age as i64),
            bot_ids: env.parsed(&BOT_IDS).unwrap_or_default(),
            test_environment: env.value(&TEST_ENVIRONMENT),
        }
    }
}

impl Default for InitDataConfig {
    fn default() -> Self {
        Self::read(&mut Env::new(&|_| None))
    }
}

/// Ids of bots: the part of a token before the colon. Separated by commas.
#[derive(Clone, Debug, Default)]
pub struct BotIds(pub Vec<u64>);

impl FromStr for BotIds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim).filter(|id| !id.is_empty());
        let ids = parts.map(|id| {
            id.parse()
                .map_err(|_| format!("{id:?} is not the id of a bot (example: 123456789)"))
        });
        ids.collect::<Result<_, _>>().map(Self)
    }
}

/// Checks `initData`. Holds the derived secret, not the token.
#[derive(Clone)]
pub struct InitDataVerifier {
    secret: Hmac<Sha256>,
    max_age: TimeDelta,
    bot_ids: Vec<u64>,
    telegram: Option<VerifyingKey>,
}

/// The content of a valid `initData`.
#[derive(Clone, Debug)]
pub struct Verified {
    pub profile: TelegramProfile,
    /// The same for the same data, however it is spelled.
    pub id: [u8; 16],
    /// When Telegram signed it.
    pub signed_at: DateTime<Utc>,
    /// When it is no longer accepted.
    pub expires_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct WebAppUser {
    id: i64,
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
    language_code: Option<String>,
}

type Field<'a> = (Cow<'a, str>, Cow<'a, str>);

impl InitDataVerifier {
    /// For the bot with this token, and for those of the settings.
    pub fn new(bot_token: &str, config: &InitDataConfig) -> Self {
        let secret = mac(b"WebAppData")
            .chain_update(bot_token)
            .finalize()
            .into_bytes();
        let key = match config.test_environment {
            true => TEST_KEY,
            false => PRODUCTION_KEY,
        };
        // By the other form, data of our own bot would have another id, and could be used by a second client.
        let own = bot_token.split(':').next().and_then(|id| id.parse().ok());
        let others = config.bot_ids.0.iter().copied();
        let others = others.filter(|id| Some(*id) != own).collect();
        Self {
            secret: mac(&secret),
            max_age: config.max_age,
            bot_ids: others,
            telegram: public_key(key),
        }
    }

    /// The person whose `initData` this is.
    ///
    /// # Errors
    /// E202 for data that was not signed for one of these bots, E203 for data that is too old.
    pub fn verify(&self, init_data: &str, now: DateTime<Utc>) -> Result<Verified, Error> {
        self.read(init_data, now).map_err(Error::Unauthenticated)
    }

    fn read(&self, init_data: &str, now: DateTime<Utc>) -> Result<Verified, ErrorCode> {
        if init_data.len() > MAX_LENGTH {
            return Err(kernel::codes::INVALID_TOKEN);
        }
        let mut fields: Vec<Field<'_>> =
            url::form_urlencoded::parse(init_data.as_bytes()).collect();
        fields.sort_unstable();
        if fields.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(kernel::codes::INVALID_TOKEN);
        }
        let own = self.signed_for_our_bot(&fields);
        let id = own.or_else(|| self.signed_by_telegram(&fields));
        let id = id.ok_or(kernel::codes::INVALID_TOKEN)?;
        let auth_date = value(&fields, "auth_date").ok_or(kernel::codes::INVALID_TOKEN)?;
        let signed_at = self.fresh(auth_date, now)?;
        let user = value(&fields, "user").ok_or(kernel::codes::INVALID_TOKEN)?;
        let profile = profile(user).ok_or(kernel::codes::INVALID_TOKEN)?;
        Ok(Verified {
            profile,
            id,
            signed_at,
            expires_at: signed_at + self.max_age,
        })
    }

    /// By HMAC; the code also serves as the id of the data.
    fn signed_for_our_bot(&self, fields: &[Field<'_>]) -> Option<[u8; 16]> {
        let given = hex::decode(value(fields, "hash")?).ok()?;
        let signed = lines(fields, String::new(), &["hash"]);
        let code = self.secret.clone().chain_update(signed).finalize();
        let code = code.into_bytes();
        bool::from(code.as_slice().ct_eq(given.as_slice())).then(|| beginning(&code))
    }

    /// By Ed25519, for one of the other bots.
    fn signed_by_telegram(&self, fields: &[Field<'_>]) -> Option<[u8; 16]> {
        let (key, given) = (self.telegram.as_ref()?, value(fields, "signature")?);
        if self.bot_ids.is_empty() {
            return None;
        }
        // Some clients add base64's padding.
        let given = given.trim_end_matches('=');
        let signature = BASE64_URL_SAFE_NO_PAD.decode(given).ok()?;
        let signature = Signature::from_slice(&signature).ok()?;
        self.bot_ids.iter().find_map(|bot_id| {
            let first = format!("{bot_id}:WebAppData");
            let signed = lines(fields, first, &["hash", "signature"]);
            let valid = key.verify_strict(signed.as_bytes(), &signature).is_ok();
            valid.then(|| beginning(&Sha256::digest(signed)))
        })
    }

    /// When it was signed, if that is not too long ago.
    fn fresh(&self, auth_date: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, ErrorCode> {
        let seconds: i64 = auth_date
            .parse()
            .map_err(|_| kernel::codes::INVALID_TOKEN)?;
        let signed = DateTime::from_timestamp(seconds, 0).ok_or(kernel::codes::INVALID_TOKEN)?;
        if signed - now > MAX_SKEW {
            return Err(kernel::codes::INVALID_TOKEN);
        }
        if now > signed + self.max_age {
            Err(kernel::codes::TOKEN_EXPIRED)
        } else {
            Ok(signed)
        }
    }
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn public_key(hex: &str) -> Option<VerifyingKey> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(hex, &mut bytes).ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

fn value<'a>(fields: &'a [Field<'_>], key: &str) -> Option<&'a str> {
    let (_, value) = fields.iter().find(|(name, _)| name == key)?;
    Some(value)
}

/// The text that is signed: a line for each field, after a first line if there is one.
fn lines(fields: &[Field<'_>], first: String, without: &[&str]) -> String {
    let mut text = first;
    text.reserve(
        fields
            .iter()
            .map(|(name, value)| name.len() + value.len() + 2)
            .sum(),
    );
    for (name, value) in fields
        .iter()
        .filter(|(name, _)| !without.contains(&&**name))
    {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

fn beginning(code: &[u8]) -> [u8; 16] {
    let mut id = [0; 16];
    id.copy_from_slice(&code[..16]);
    id
}

fn profile(user: &str) -> Option<TelegramProfile> {
    let user = storable_json(user.as_bytes());
    if !user.starts_with(b"{") {
        // serde takes a list for the fields in their order.
        return None;
    }
    let user: WebAppUser = serde_json::from_slice(&user).ok()?;
    let known = (1..=TELEGRAM_ID_MAX).contains(&user.id);
    known.then_some(TelegramProfile {
        telegram_id: user.id,
        username: name(user.username),
        first_name: name(user.first_name),
        last_name: name(user.last_name),
        language_code: user.language_code,
    })
}

#[cfg(test)]
#[path = "init_data_tests.rs"]
mod tests;
