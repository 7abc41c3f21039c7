//! What a passkey signs: a challenge that is good for one use, for some minutes and for one purpose. Nothing of it is stored
//! before it is used, so a stranger who asks for many of them fills no table.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Flaw;
use crate::sessions::Sessions;
use crate::spent_proofs;

/// How long a challenge can be answered.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(5);

/// What a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The person of this session gets a passkey.
    Register(Uuid),
    SignIn,
    /// The person of this session proves themselves once more.
    Prove(Uuid),
}

/// A challenge that was made here, for what it is used for, and is good still.
#[derive(Clone, Copy, Debug)]
pub struct Challenge {
    digest: [u8; 32],
    expires_at: DateTime<Utc>,
}

/// What a tag is made of.
fn text(purpose: Purpose, random: &[u8], seconds: [u8; 8]) -> String {
    let (random, seconds) = (BASE64.encode(random), BASE64.encode(seconds));
    match purpose {
        Purpose::Register(session) => format!("register|{session}|{random}|{seconds}"),
        Purpose::SignIn => format!("sign_in||{random}|{seconds}"),
        Purpose::Prove(session) => format!("prove|{session}|{random}|{seconds}"),
    }
}

/// Makes a challenge: 128 random bits, when it ends, and a tag, in base64url.
pub fn make(sessions: &Sessions, purpose: Purpose, now: DateTime<Utc>) -> String {
    let random: [u8; 16] = rand::random();
    let seconds = (now + LIFETIME).timestamp().to_be_bytes();
    let tag = sessions.challenge_tag(&text(purpose, &random, seconds));
    BASE64.encode([random.as_slice(), &seconds, &tag].concat())
}

/// Reads a challenge that was signed.
///
/// # Errors
/// One that was not made here, or for something else, or a while ago.
pub fn open(
    sessions: &Sessions,
    purpose: Purpose,
    given: &str,
    now: DateTime<Utc>,
) -> Result<Challenge, Flaw> {
    const FORM: Flaw = "a challenge that was not made for this";
    let bytes = BASE64.decode(given).map_err(|_| FORM)?;
    let (random, rest) = bytes.split_first_chunk::<16>().ok_or(FORM)?;
    let (seconds, tag) = rest.split_first_chunk::<8>().ok_or(FORM)?;
    if !sessions.is_challenge_tag(&text(purpose, random, *seconds), tag) {
        return Err(FORM);
    }
    let expires_at = DateTime::from_timestamp(i64::from_be_bytes(*seconds), 0).ok_or(FORM)?;
    match expires_at > now {
        true => Ok(Challenge {
            digest: Sha256::digest(&bytes).into(),
            expires_at,
        }),
        false => Err("the challenge has expired"),
    }
}

/// Uses a challenge up. Returns whether it was not used yet.
///
/// # Errors
/// Those of the database.
pub async fn spend(conn: &mut AsyncPgConnection, challenge: &Challenge) -> QueryResult<bool> {
    spent_proofs::spend(conn, &challenge.digest, challenge.expires_at).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::AccessKeys;
    use kernel::env::Env;

    fn sessions(bot_token: &str) -> Sessions {
        let none = |_: &str| None;
        Sessions::new(bot_token, &AccessKeys::read(&mut Env::new(&none)))
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_764_500_000 + seconds, 0).expect("a moment")
    }

    #[test]
    fn a_challenge_is_good_for_its_purpose_and_session_for_five_minutes() {
        let (ours, theirs) = (sessions("1:a"), sessions("2:b"));
        let (ann, ben) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let all = [
            Purpose::SignIn,
            Purpose::Register(ann),
            Purpose::Register(ben),
            Purpose::Prove(ann),
            Purpose::Prove(ben),
        ];
        for made in all {
            let challenge = make(&ours, made, at(0));
            for asked in all {
                let opened = open(&ours, asked, &challenge, at(299));
                assert_eq!(opened.is_ok(), made == asked, "{made:?} {asked:?}");
            }
            assert!(open(&ours, made, &challenge, at(300)).is_err());
            assert!(open(&theirs, made, &challenge, at(0)).is_err());
        }
        assert_ne!(
            make(&ours, Purpose::SignIn, at(0)),
            make(&ours, Purpose::SignIn, at(0))
        );
    }

    #[test]
    fn a_challenge_that_was_changed_is_none() {
        let ours = sessions("1:a");
        let challenge = make(&ours, Purpose::SignIn, at(0));
        let bytes = BASE64.decode(&challenge).expect("base64url");
        for at_byte in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at_byte] ^= 1;
            let other = BASE64.encode(other);
            assert!(open(&ours, Purpose::SignIn, &other, at(0)).is_err());
        }
        for other in ["", "AAAA", "*", &challenge[1..]] {
            assert!(open(&ours, Purpose::SignIn, other, at(0)).is_err());
        }
    }
}
