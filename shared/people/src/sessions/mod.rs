//! Sessions of the Mini App. `initData` is exchanged once for a short access token, which is renewed while the app
//! is open: `initData` cannot be renewed, and would end in the middle of a reading.
//!
//! Nothing is stored. A token names the row of its person, so that it ends with their data; the program that
//! exchanged the `initData`; and when Telegram proved the person, from which the end of all renewals follows.

mod token;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::codes::{INVALID_TOKEN, TOKEN_EXPIRED};
use kernel::error::Error;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::users::model::TELEGRAM_ID_MAX;
use token::TokenKey;

/// How long a token is good for requests.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// After the proof by Telegram a token cannot be renewed for longer than this: the app is opened again.
pub const LONGEST: TimeDelta = TimeDelta::hours(24);

/// What the key is derived for: another purpose is another key.
const PURPOSE: &str = "symancy access tokens, Ed25519, 1";

const ISSUER: &str = "symancy";
const AUDIENCE: &str = "symancy-api";
const CLIENT: &str = "mini-app";

/// A digest of the program that a person uses.
pub type Client = [u8; 16];

/// A person in an open app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    pub telegram_id: i64,
    /// The row of `users` that the session began with.
    pub user_id: Uuid,
    pub client: Client,
    /// When Telegram proved the person.
    pub proved_at: DateTime<Utc>,
}

impl Session {
    /// Until when its token can be renewed.
    pub fn renewable_until(&self) -> DateTime<Utc> {
        self.proved_at + LONGEST
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

/// The claims of RFC 9068 and two of our own, `user_id` and `client`.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    client_id: String,
    jti: Uuid,
    auth_time: i64,
    iat: i64,
    exp: i64,
    user_id: Uuid,
    /// In hexadecimal.
    client: String,
}

/// Makes and checks access tokens. Cheap to clone.
#[derive(Clone)]
pub struct Sessions(TokenKey);

impl Sessions {
    /// The key follows from the bot's token: who has that can sign `initData` as well, and a new one ends all
    /// sessions.
    pub fn new(bot_token: &str) -> Self {
        Self(TokenKey::derived(bot_token, PURPOSE))
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
        let expires = (now + LIFETIME).min(renewable_until).timestamp();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: session.telegram_id.to_string(),
            client_id: CLIENT.to_owned(),
            jti: Uuid::now_v7(),
            auth_time: session.proved_at.timestamp(),
            iat: now.timestamp(),
            exp: expires,
            user_id: session.user_id,
            client: hex::encode(session.client),
        };
        let payload = serde_json::to_vec(&claims).map_err(Error::internal)?;
        Ok(Issued {
            access_token: self.0.seal(&payload),
            expires_at: DateTime::from_timestamp(expires, 0).unwrap_or(now),
            renewable_until,
        })
    }

    /// What a token says, as long as it can be renewed.
    ///
    /// # Errors
    /// E202 for a token that was not made here, E203 when its session is over.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Verified, Error> {
        let claims = self.0.open(token).and_then(|payload| read(&payload));
        let verified = claims.ok_or(Error::Unauthenticated(INVALID_TOKEN))?;
        if now >= verified.session.renewable_until() {
            return Err(Error::Unauthenticated(TOKEN_EXPIRED));
        }
        Ok(verified)
    }
}

fn read(payload: &[u8]) -> Option<Verified> {
    let claims: Claims = serde_json::from_slice(payload).ok()?;
    let is_for_us = claims.iss == ISSUER && claims.aud == AUDIENCE && claims.client_id == CLIENT;
    let telegram_id = claims.sub.parse().ok()?;
    let mut client = Client::default();
    hex::decode_to_slice(&claims.client, &mut client).ok()?;
    let known = is_for_us && (1..=TELEGRAM_ID_MAX).contains(&telegram_id);
    let session = Session {
        telegram_id,
        user_id: claims.user_id,
        client,
        proved_at: DateTime::from_timestamp(claims.auth_time, 0)?,
    };
    let expires_at = DateTime::from_timestamp(claims.exp, 0)?;
    known.then_some(Verified {
        session,
        expires_at,
    })
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
