//! Sessions: a person who is signed in, and the access tokens that they show for 15 minutes each.
//!
//! The Mini App exchanges `initData` once for an access token, which it renews while it is open: `initData` cannot be
//! renewed, and would end in the middle of a reading. Nothing of it is stored: the token names the row of its person,
//! so that it ends with their data; the program that exchanged the `initData`; and when Telegram proved the person,
//! from which the end of all renewals follows.
//!
//! Other sessions are rows of `sessions` ([`stored`]), so that they are listed and ended one by one. Their access token
//! names the row, and is renewed by a refresh token ([`refresh`], [`rotation`]).

mod claims;
pub mod device;
mod keys;
mod lifetimes;
pub mod news;
pub mod proofs;
pub mod refresh;
pub mod rotation;
pub mod stored;
mod token;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::codes::{INVALID_TOKEN, TOKEN_EXPIRED};
use kernel::error::Error;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

use claims::{Claims, WayClaims, read};
use keys::MacKeys;
pub use keys::{AccessKeys, SETTINGS};
pub use lifetimes::Lifetimes;
use refresh::Presented;
use token::TokenKey;

/// How long a token is good for requests, unless the operator says otherwise.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// After the proof by Telegram a token cannot be renewed for longer than this: the app is opened again.
pub const LONGEST: TimeDelta = TimeDelta::hours(24);

/// What each key is derived for: another purpose is another key.
const PURPOSE: &str = "symancy access tokens, Ed25519, 1";
const OF_STORED: &str = "symancy access tokens of stored sessions, Ed25519, 1";
const OF_REFRESH: &str = "symancy refresh tokens, HMAC-SHA-256, 1";
const OF_PAGES: &str = "symancy pages, HMAC-SHA-256, 1";
const OF_CHALLENGES: &str = "symancy challenges, HMAC-SHA-256, 1";
const OF_TRIES: &str = "symancy tries, HMAC-SHA-256, 1";

const ISSUER: &str = "symancy";
const AUDIENCE: &str = "symancy-api";
const MINI_APP: &str = "mini-app";
const ACCOUNT: &str = "account";

/// A digest of the program that a person uses.
pub type Client = [u8; 16];

/// A person who is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// The row of `users` that the session began with.
    pub user_id: Uuid,
    /// When the person was proved.
    pub proved_at: DateTime<Utc>,
    /// When they last proved a second factor in it; in the Mini App never.
    pub second_at: Option<DateTime<Utc>>,
    pub way: Way,
}

/// How a session began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By Telegram, in an open Mini App.
    MiniApp { telegram_id: i64, client: Client },
    /// A row of `sessions`, and the generation of the refresh token that came with the access token.
    Stored {
        id: Uuid,
        generation: i32,
        method: Method,
        /// The second factor, if one was proved.
        second: Option<Method>,
    },
}

/// What proved a person, as `amr` spells it (RFC 8176).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    #[serde(rename = "pwd")]
    Password,
    #[serde(rename = "telegram")]
    Telegram,
    /// A code: of an app, or to recover.
    #[serde(rename = "otp")]
    Code,
    /// A passkey, wherever its key is kept (registered by EAP ACR Values 1.0); two factors in one.
    #[serde(rename = "pop")]
    Passkey,
}

impl Method {
    /// As the table spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Telegram => "telegram",
            Self::Code => "otp",
            Self::Passkey => "pop",
        }
    }

    /// As the table spells it; there is no other.
    pub fn parse(text: &str) -> Self {
        match text {
            "telegram" => Self::Telegram,
            "otp" => Self::Code,
            "pop" => Self::Passkey,
            _ => Self::Password,
        }
    }
}

impl Session {
    /// Until when an access token of the Mini App can be renewed; another one is not renewed by itself.
    pub fn renewable_until(&self) -> DateTime<Utc> {
        match self.way {
            Way::MiniApp { .. } => self.proved_at + LONGEST,
            Way::Stored { .. } => DateTime::<Utc>::MAX_UTC,
        }
    }
}

/// A token for the client.
#[derive(Clone, Debug)]
pub struct Issued {
    pub access_token: String,
    pub expires_at: DateTime<Utc>,
    pub renewable_until: DateTime<Utc>,
}

/// The content of a genuine token, which may have expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    pub session: Session,
    pub expires_at: DateTime<Utc>,
}

impl Verified {
    /// Whether the token can still be renewed; that of a stored session, whether it is still good.
    ///
    /// # Errors
    /// E203 if not.
    pub fn judge(&self, now: DateTime<Utc>) -> Result<(), Error> {
        let end = match self.session.way {
            Way::MiniApp { .. } => self.session.renewable_until(),
            Way::Stored { .. } => self.expires_at,
        };
        if now >= end {
            return Err(Error::Unauthenticated(TOKEN_EXPIRED));
        }
        Ok(())
    }
}

/// Makes and checks the tokens of sessions. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    /// Who has the bot's token can sign `initData` as well, and a new one ends all sessions that Telegram proved.
    of_bot: TokenKey,
    /// Of stored sessions, that of new tokens first.
    own: Arc<[TokenKey]>,
    refresh: MacKeys,
    pages: MacKeys,
    challenges: MacKeys,
    tries: MacKeys,
    lifetimes: Lifetimes,
}

impl Sessions {
    /// With the token of the bot, and the secrets of stored sessions.
    pub fn new(bot_token: &str, keys: &AccessKeys) -> Self {
        let derived = |secret| TokenKey::derived(secret, OF_STORED);
        let macs = |purpose| MacKeys::derived(keys.secrets(bot_token), purpose);
        Self {
            of_bot: TokenKey::derived(bot_token, PURPOSE),
            own: keys.secrets(bot_token).map(derived).collect(),
            refresh: macs(OF_REFRESH),
            pages: macs(OF_PAGES),
            challenges: macs(OF_CHALLENGES),
            tries: macs(OF_TRIES),
            lifetimes: keys.lifetimes,
        }
    }

    /// How long tokens work.
    pub fn lifetimes(&self) -> Lifetimes {
        self.lifetimes
    }

    /// A token for this session.
    ///
    /// # Errors
    /// E203 when the session is over.
    pub fn issue(&self, session: &Session, now: DateTime<Utc>) -> Result<Issued, Error> {
        let renewable_until = session.renewable_until();
        if now >= renewable_until {
            return Err(Error::Unauthenticated(TOKEN_EXPIRED));
        }
        let expires = (now + self.lifetimes.access)
            .min(renewable_until)
            .timestamp();
        let (key, client_id, sub, way) = match session.way {
            Way::MiniApp {
                telegram_id,
                client,
            } => {
                let way = WayClaims::MiniApp {
                    user_id: session.user_id,
                    client: hex::encode(client),
                };
                (&self.of_bot, MINI_APP, telegram_id.to_string(), way)
            }
            Way::Stored {
                id,
                generation,
                method,
                second,
            } => {
                let way = WayClaims::Stored {
                    sid: id,
                    generation,
                    amr: claims::amr(method, second),
                    second_time: session.second_at.map(|at| at.timestamp()),
                    account: session.user_id,
                };
                (
                    self.own.first().unwrap_or(&self.of_bot),
                    ACCOUNT,
                    session.user_id.to_string(),
                    way,
                )
            }
        };
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub,
            client_id: client_id.to_owned(),
            jti: Uuid::now_v7(),
            auth_time: session.proved_at.timestamp(),
            iat: now.timestamp(),
            exp: expires,
            way,
        };
        let payload = serde_json::to_vec(&claims).map_err(Error::internal)?;
        Ok(Issued {
            access_token: key.seal(&payload),
            expires_at: DateTime::from_timestamp(expires, 0).unwrap_or(now),
            renewable_until,
        })
    }

    /// What a token says, as long as it can be renewed; that of a stored session, as long as it is good.
    ///
    /// # Errors
    /// E202 for a token that was not made here, E203 when its session is over.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Verified, Error> {
        let verified = self.read(token)?;
        verified.judge(now)?;
        Ok(verified)
    }

    /// What a token says, however old it is: [`Verified::judge`] has to be asked too.
    ///
    /// # Errors
    /// E202 for a token that was not made here.
    pub fn read(&self, token: &str) -> Result<Verified, Error> {
        let of_bot = self.of_bot.open(token).map(|payload| (true, payload));
        let payload = of_bot.or_else(|| {
            let opened = self.own.iter().find_map(|key| key.open(token));
            opened.map(|payload| (false, payload))
        });
        let verified = payload.and_then(|(of_bot, payload)| read(&payload, of_bot));
        verified.ok_or(Error::Unauthenticated(INVALID_TOKEN))
    }

    /// The public keys that tokens are checked by, as a JWK set (RFC 7517, RFC 8037).
    pub fn jwks(&self) -> Value {
        let keys = self.own.iter().chain([&self.of_bot]);
        json!({ "keys": keys.map(TokenKey::jwk).collect::<Vec<_>>() })
    }

    /// The refresh token of a generation. Always the same one.
    pub fn refresh_token(&self, session: Uuid, generation: i32) -> String {
        let presented = Presented {
            session,
            generation,
        };
        presented.seal(&self.refresh)
    }

    /// What a refresh token says.
    ///
    /// # Errors
    /// E202 for one that was not made here.
    pub fn presented(&self, token: &str) -> Result<Presented, Error> {
        Presented::open(token, &self.refresh).ok_or(Error::Unauthenticated(INVALID_TOKEN))
    }

    /// What a page of ours sends along with the cookies of a session.
    pub fn page_token(&self, session: Uuid) -> String {
        BASE64.encode(self.pages.tag(&session.to_string()))
    }

    /// Whether it is that.
    pub fn is_page_token(&self, session: Uuid, given: &str) -> bool {
        let given = BASE64.decode(given);
        given.is_ok_and(|given| self.pages.verify(&session.to_string(), &given))
    }

    /// The tag of a challenge.
    pub fn challenge_tag(&self, text: &str) -> [u8; 16] {
        self.challenges.tag(text)
    }

    /// Whether a challenge with this tag was made here.
    pub fn is_challenge_tag(&self, text: &str, given: &[u8]) -> bool {
        self.challenges.verify(text, given)
    }

    /// What tries are counted by that are about a subject.
    pub fn subject_of_tries(&self, subject: &str) -> [u8; 32] {
        self.tries.digest(subject)
    }
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
