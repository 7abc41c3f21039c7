//! What an access token says.

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ACCOUNT, AUDIENCE, Client, ISSUER, MINI_APP, Method, Session, Verified, Way};
use crate::users::model::TELEGRAM_ID_MAX;

/// The claims of RFC 9068, and our own.
#[derive(Serialize, Deserialize)]
pub(super) struct Claims {
    pub iss: String,
    pub aud: String,
    /// The Telegram id in the Mini App, else the id of the person.
    pub sub: String,
    pub client_id: String,
    pub jti: Uuid,
    pub auth_time: i64,
    pub iat: i64,
    pub exp: i64,
    #[serde(flatten)]
    pub way: WayClaims,
}

/// What the two ways say besides.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum WayClaims {
    MiniApp {
        user_id: Uuid,
        /// In hexadecimal.
        client: String,
    },
    Stored {
        sid: Uuid,
        generation: i32,
        /// What proved the person, and the second factor.
        amr: Vec<Method>,
        /// When the second factor was proved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        second_time: Option<i64>,
        /// The account that is acted for.
        account: Uuid,
    },
}

/// What proved the person, each once: a passkey is the second factor as well.
pub(super) fn amr(method: Method, second: Option<Method>) -> Vec<Method> {
    let other = second.filter(|second| *second != method);
    [method].into_iter().chain(other).collect()
}

/// Of a payload whose signature is good; `None`: of another kind, or another program's.
pub(super) fn read(payload: &[u8], of_bot: bool) -> Option<Verified> {
    let claims: Claims = serde_json::from_slice(payload).ok()?;
    let is_for =
        |client: &str| claims.iss == ISSUER && claims.aud == AUDIENCE && claims.client_id == client;
    let (user_id, second_at, way) = match claims.way {
        WayClaims::MiniApp {
            user_id,
            ref client,
        } if of_bot && is_for(MINI_APP) => {
            let telegram_id = claims.sub.parse().ok()?;
            let mut digest = Client::default();
            hex::decode_to_slice(client, &mut digest).ok()?;
            let is_known = (1..=TELEGRAM_ID_MAX).contains(&telegram_id);
            let client = is_known.then_some(digest)?;
            (
                user_id,
                None,
                Way::MiniApp {
                    telegram_id,
                    client,
                },
            )
        }
        WayClaims::Stored {
            sid,
            generation,
            amr,
            second_time,
            account,
        } if !of_bot && is_for(ACCOUNT) => {
            let user_id = claims.sub.parse().ok()?;
            let (method, second) = match (amr.as_slice(), second_time) {
                ([method], None) => (*method, None),
                ([Method::Passkey], Some(_)) => (Method::Passkey, Some(Method::Passkey)),
                ([method, second], Some(_)) => (*method, Some(*second)),
                _ => return None,
            };
            let way = Way::Stored {
                id: sid,
                generation,
                method,
                second,
            };
            let second_at = match second_time {
                Some(at) => Some(DateTime::from_timestamp(at, 0)?),
                None => None,
            };
            ((user_id == account).then_some(user_id)?, second_at, way)
        }
        _ => return None,
    };
    let session = Session {
        user_id,
        way,
        proved_at: DateTime::from_timestamp(claims.auth_time, 0)?,
        second_at,
    };
    let expires_at = DateTime::from_timestamp(claims.exp, 0)?;
    Some(Verified {
        session,
        expires_at,
    })
}
