//! Proof that a request comes from a person inside our Mini App: Telegram's `initData`.
//!
//! Source of the algorithm: <https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app>.
//! (The design document swaps key and message of the first HMAC; Telegram's page wins.)

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;

use crate::error::{Error, ErrorCode};
use crate::features::users::model::TelegramProfile;

/// The oldest `auth_date` that is taken: one hour.
pub const MAX_AGE: TimeDelta = TimeDelta::hours(1);

/// How far a clock of Telegram's may be ahead of ours.
const MAX_SKEW: TimeDelta = TimeDelta::minutes(1);

/// The longest `initData` that is looked at; real ones have a few hundred bytes.
const MAX_LENGTH: usize = 4_096;

/// Checks `initData` of one bot. Holds the derived secret, not the token.
#[derive(Clone)]
pub struct InitDataVerifier {
    secret: Hmac<Sha256>,
}

#[derive(Deserialize)]
struct WebAppUser {
    id: i64,
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
    language_code: Option<String>,
}

impl InitDataVerifier {
    /// For the bot with this token.
    pub fn new(bot_token: &str) -> Self {
        let secret = mac(b"WebAppData")
            .chain_update(bot_token)
            .finalize()
            .into_bytes();
        Self {
            secret: mac(&secret),
        }
    }

    /// Whose request this is.
    ///
    /// # Errors
    /// E202 for data that this bot did not sign, E203 for data older than [`MAX_AGE`].
    pub fn verify(&self, init_data: &str, now: DateTime<Utc>) -> Result<TelegramProfile, Error> {
        self.read(init_data, now).map_err(Error::Unauthenticated)
    }

    fn read(&self, init_data: &str, now: DateTime<Utc>) -> Result<TelegramProfile, ErrorCode> {
        if init_data.len() > MAX_LENGTH {
            return Err(ErrorCode::InvalidToken);
        }
        let mut fields: Vec<(String, String)> = url::form_urlencoded::parse(init_data.as_bytes())
            .into_owned()
            .collect();
        let hash = take(&mut fields, "hash").ok_or(ErrorCode::InvalidToken)?;
        fields.sort();
        if fields.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return Err(ErrorCode::InvalidToken);
        }
        self.check(&hash, &fields)?;
        let auth_date = take(&mut fields, "auth_date").ok_or(ErrorCode::InvalidToken)?;
        fresh(&auth_date, now)?;
        let user = take(&mut fields, "user").ok_or(ErrorCode::InvalidToken)?;
        profile(&user).ok_or(ErrorCode::InvalidToken)
    }

    fn check(&self, hash: &str, sorted: &[(String, String)]) -> Result<(), ErrorCode> {
        let lines: Vec<String> = sorted
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        let given = hex::decode(hash).map_err(|_| ErrorCode::InvalidToken)?;
        // `verify_slice` compares in constant time.
        self.secret
            .clone()
            .chain_update(lines.join("\n"))
            .verify_slice(&given)
            .map_err(|_| ErrorCode::InvalidToken)
    }
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn take(fields: &mut Vec<(String, String)>, key: &str) -> Option<String> {
    let at = fields.iter().position(|(name, _)| name == key)?;
    Some(fields.remove(at).1)
}

fn fresh(auth_date: &str, now: DateTime<Utc>) -> Result<(), ErrorCode> {
    let seconds: i64 = auth_date.parse().map_err(|_| ErrorCode::InvalidToken)?;
    let signed = DateTime::from_timestamp(seconds, 0).ok_or(ErrorCode::InvalidToken)?;
    if signed - now > MAX_SKEW {
        return Err(ErrorCode::InvalidToken);
    }
    if now - signed > MAX_AGE {
        Err(ErrorCode::TokenExpired)
    } else {
        Ok(())
    }
}

fn profile(user: &str) -> Option<TelegramProfile> {
    let user: WebAppUser = serde_json::from_str(user).ok()?;
    (user.id > 0).then_some(TelegramProfile {
        telegram_id: user.id,
        username: user.username,
        first_name: user.first_name,
        last_name: user.last_name,
        language_code: user.language_code,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The vector of the npm package @telegram-apps/init-data-node (its test suite), which is
    // also that of the Telegram Mini Apps documentation.
    const TOKEN: &str = "5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8";
    const SIGNED: &str = "query_id=AAHdF6IQAAAAAN0XohDhrOrc\
        &user=%7B%22id%22%3A279058397%2C%22first_name%22%3A%22Vladislav%22%2C%22last_name%22%3A%22Kibenko%22%2C%22username%22%3A%22vdkfrost%22%2C%22language_code%22%3A%22ru%22%2C%22is_premium%22%3Atrue%7D\
        &auth_date=1662771648\
        &hash=c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).expect("a valid time")
    }

    fn code(result: Result<TelegramProfile, Error>) -> ErrorCode {
        result.expect_err("must be refused").code()
    }

    #[test]
    fn data_signed_by_another_implementation_is_taken() {
        let profile = InitDataVerifier::new(TOKEN)
            .verify(SIGNED, at(1_662_771_700))
            .expect("valid");
        assert_eq!(profile.telegram_id, 279_058_397);
        assert_eq!(profile.username.as_deref(), Some("vdkfrost"));
        assert_eq!(profile.language_code.as_deref(), Some("ru"));
    }

    #[test]
    fn data_of_another_bot_is_refused() {
        let verifier = InitDataVerifier::new("5768337691:another-token");
        assert_eq!(
            code(verifier.verify(SIGNED, at(1_662_771_700))),
            ErrorCode::InvalidToken
        );
    }

    #[test]
    fn a_changed_field_is_refused() {
        let forged = SIGNED.replace("279058397", "279058398");
        let verdict = InitDataVerifier::new(TOKEN).verify(&forged, at(1_662_771_700));
        assert_eq!(code(verdict), ErrorCode::InvalidToken);
    }

    #[test]
    fn data_is_good_for_one_hour_and_not_from_the_future() {
        let verifier = InitDataVerifier::new(TOKEN);
        assert!(verifier.verify(SIGNED, at(1_662_771_648 + 3_600)).is_ok());
        let late = verifier.verify(SIGNED, at(1_662_771_648 + 3_601));
        assert_eq!(code(late), ErrorCode::TokenExpired);
        let early = verifier.verify(SIGNED, at(1_662_771_648 - 61));
        assert_eq!(code(early), ErrorCode::InvalidToken);
    }

    #[test]
    fn rubbish_is_refused() {
        let verifier = InitDataVerifier::new(TOKEN);
        let repeated = format!("{SIGNED}&auth_date=1662771648");
        let long = "a=b&".repeat(2_000);
        for rubbish in [
            "",
            "hash=",
            "hash=zz&user=1",
            "%%%",
            repeated.as_str(),
            long.as_str(),
        ] {
            assert_eq!(
                code(verifier.verify(rubbish, at(1_662_771_700))),
                ErrorCode::InvalidToken
            );
        }
    }
}
