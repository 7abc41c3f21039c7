//! Proof that a person has logged in by Telegram's widget in a browser
//! (<https://core.telegram.org/widgets/login#checking-authorization>). Each is taken once, soon after it was made.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::AsyncPgConnection;
use hmac::{Hmac, KeyInit, Mac};
use kernel::codes::{INVALID_TOKEN, TOKEN_EXPIRED};
use kernel::error::{Error, ErrorCode};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::model::{TELEGRAM_ID_MAX, TelegramProfile, name};
use crate::spent_proofs;

/// How old a proof may be: the browser hands it over at once.
const MAX_AGE: TimeDelta = TimeDelta::minutes(10);

/// How far Telegram's clock may be ahead of ours.
const MAX_SKEW: TimeDelta = TimeDelta::minutes(1);

/// What the widget has given, by name.
pub type Fields = BTreeMap<String, Value>;

/// A person whom Telegram has proved.
#[derive(Clone, Debug)]
pub struct Proved {
    pub profile: TelegramProfile,
    digest: [u8; 32],
    expires_at: DateTime<Utc>,
}

/// Checks what the widget of the bot with this token has given.
///
/// # Errors
/// E202 for what Telegram has not signed, E203 for what is too old.
pub fn verify(bot_token: &str, fields: &Fields, now: DateTime<Utc>) -> Result<Proved, Error> {
    read(bot_token, fields, now).map_err(Error::Unauthenticated)
}

fn read(bot_token: &str, fields: &Fields, now: DateTime<Utc>) -> Result<Proved, ErrorCode> {
    let text = |name: &str| fields.get(name).and_then(plain);
    let given = hex::decode(text("hash").ok_or(INVALID_TOKEN)?).map_err(|_| INVALID_TOKEN)?;
    let lines: Option<Vec<String>> = fields
        .iter()
        .filter(|(name, _)| *name != "hash")
        .map(|(name, value)| Some(format!("{name}={}", plain(value)?)))
        .collect();
    let signed = lines.ok_or(INVALID_TOKEN)?.join("\n");
    let key = Sha256::digest(bot_token);
    let mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| INVALID_TOKEN)?;
    let mac = mac.chain_update(signed.as_bytes());
    mac.verify_slice(&given).map_err(|_| INVALID_TOKEN)?;
    let seconds = text("auth_date").and_then(|text| text.parse().ok());
    let signed_at = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let signed_at = signed_at.ok_or(INVALID_TOKEN)?;
    if signed_at - now > MAX_SKEW {
        return Err(INVALID_TOKEN);
    }
    let expires_at = signed_at + MAX_AGE;
    if now > expires_at {
        return Err(TOKEN_EXPIRED);
    }
    let telegram_id = text("id").and_then(|id| id.parse().ok());
    let telegram_id = telegram_id.filter(|id| (1..=TELEGRAM_ID_MAX).contains(id));
    Ok(Proved {
        profile: TelegramProfile {
            telegram_id: telegram_id.ok_or(INVALID_TOKEN)?,
            username: name(text("username")),
            first_name: name(text("first_name")),
            last_name: name(text("last_name")),
            language_code: None,
        },
        digest: Sha256::digest(signed.as_bytes()).into(),
        expires_at,
    })
}

/// A text or a whole number, as Telegram signs it.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_i64().map(|number| number.to_string()),
        _ => None,
    }
}

/// Uses a proof up: of two at once one is taken.
///
/// # Errors
/// E202 for one that was used; those of the database.
pub async fn spend(conn: &mut AsyncPgConnection, proved: &Proved) -> Result<(), Error> {
    let is_first = spent_proofs::spend(conn, &proved.digest, proved.expires_at).await?;
    is_first
        .then_some(())
        .ok_or(Error::Unauthenticated(INVALID_TOKEN))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TOKEN: &str = "123456:AAtest-token";

    /// By Python 3: `hmac.new(hashlib.sha256(TOKEN).digest(), b"\\n".join(sorted lines of "name=value"), "sha256")`.
    const HASH: &str = "b44b2d0f41f395c90af49c15017edb52c3580c946804e67dd24272e65a1da300";

    /// The same with the key `hmac.new(b"WebAppData", TOKEN, "sha256").digest()`.
    const HASH_OF_MINI_APP: &str =
        "8b1a1068a6cd9cedd7818a33eceaea585fd1a3f5c4608daa64d92d345dafb2ce";

    fn fields(hash: &str) -> Fields {
        let fields = json!({
            "id": 7, "first_name": "Анна", "username": "ann", "photo_url": "https://t.me/i/userpic/320/ann.jpg",
            "auth_date": 1_764_500_000, "hash": hash,
        });
        serde_json::from_value(fields).expect("fields")
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_764_500_000 + seconds, 0).expect("a moment")
    }

    #[test]
    fn what_telegram_has_signed_proves_a_person_for_ten_minutes() {
        for seconds in [-60, 0, 600] {
            let proved = verify(TOKEN, &fields(HASH), at(seconds)).expect("a person");
            assert_eq!(proved.profile.telegram_id, 7);
            assert_eq!(proved.profile.first_name.as_deref(), Some("Анна"));
        }
        let refusal = |seconds| read(TOKEN, &fields(HASH), at(seconds)).expect_err("refused");
        assert_eq!(refusal(601), TOKEN_EXPIRED);
        assert_eq!(refusal(-61), INVALID_TOKEN);
    }

    #[test]
    fn what_was_changed_or_signed_for_another_bot_or_another_use_proves_nothing() {
        let refused = |token: &str, fields: &Fields| read(token, fields, at(0)).is_err();
        assert!(refused("654321:AAtest-token", &fields(HASH)));
        for (name, value) in [
            ("id", json!(8)),
            ("first_name", json!("Анна\nid=8")),
            ("more", json!("x")),
            ("auth_date", json!(1_764_500_001)),
            ("hash", json!("")),
            ("photo_url", json!(["x"])),
        ] {
            let mut changed = fields(HASH);
            changed.insert(name.to_owned(), value);
            assert!(refused(TOKEN, &changed), "{name}");
        }
        // By the key of the Mini App.
        assert!(refused(TOKEN, &fields(HASH_OF_MINI_APP)));
    }
}
