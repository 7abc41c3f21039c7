//! Proofs of who a person or a service is, and what Telegram brings.

use chrono::{DateTime, Utc};
use fuzz::Target;
use hmac::{Hmac, KeyInit, Mac};
use people::api_keys::{fresh, rules};
use people::sessions::{AccessKeys, Session, Sessions, Way};
use people::users::init_data::{InitDataConfig, InitDataVerifier};
use sha2::Sha256;
use url::form_urlencoded;
use vendors::messenger::{telegram_payment, telegram_update};

use crate::{TEXT, ended, targets};

targets! {
    init_data_is_taken_only_with_its_signature: Target {
        name: "init-data",
        words: &["user=", "&auth_date=", "&hash=", "&signature=", "&query_id=", "%7B%22id%22%3A", "first_name", "%00"],
        run: init_data,
        ..TEXT
    },
    an_access_token_is_taken_only_as_it_was_made: Target {
        name: "access-tokens",
        words: &["eyJhbGciOiJub25lIn0.", ".", "=", "Bearer "],
        largest: 2 * 1024,
        run: access_token,
        ..TEXT
    },
    a_key_is_well_formed_only_as_it_was_made: Target {
        name: "keys",
        words: &["sym_", "_"],
        largest: 128,
        run: key,
        ..TEXT
    },
    an_update_of_telegram_is_read_or_passed_over: Target {
        name: "updates",
        words: &["\"message\":", "\"photo\":[", "\"document\":{", "\"file_id\":", "\"entities\":[{\"type\":",
                 "\"caption\":", "\"chat\":{\"id\":1,\"type\":\"private\"}", "\"edited_message\":", "\"callback_query\":"],
        largest: 16 * 1024,
        run: update,
        ..TEXT
    },
}

const TOKEN: &str = "123456789:AAAA";

/// A moment after the corpus was made.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_750_000_000, 0).expect("a moment")
}

fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any length");
    mac.update(text);
    mac.finalize().into_bytes().to_vec()
}

/// As Telegram signs it: <https://core.telegram.org/bots/webapps#validating-data-received-via-the-mini-app>.
fn signature(fields: &[(String, String)]) -> String {
    let mut lines: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    lines.sort_unstable();
    let key = mac(b"WebAppData", TOKEN.as_bytes());
    hex::encode(mac(&key, lines.join("\n").as_bytes()))
}

/// As it came, it must not be taken; signed, it may be.
fn init_data(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let verifier = InitDataVerifier::new(TOKEN, &InitDataConfig::default());
    let fields: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes())
        .filter(|(name, _)| name != "hash")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let hash = signature(&fields);
    let taken = verifier.verify(&text, now());
    assert!(
        taken.is_err() || text.to_lowercase().contains(&hash),
        "{text}"
    );
    let mut signed = form_urlencoded::Serializer::new(String::new());
    signed.extend_pairs(&fields).append_pair("hash", &hash);
    let verified = verifier.verify(&signed.finish(), now());
    if let Ok(verified) = &verified {
        assert!(verified.profile.telegram_id > 0 && verified.expires_at > now());
    }
    ended(verified.map(drop))
}

/// Nothing is taken as it came, and a token with another byte only if it is the same byte.
fn access_token(bytes: &[u8]) -> String {
    let sessions = Sessions::new(TOKEN, &AccessKeys::default());
    let session = Session {
        user_id: uuid::Uuid::from_u128(7),
        proved_at: now(),
        second_at: None,
        way: Way::MiniApp {
            telegram_id: 7,
            client: [7; 16],
        },
    };
    let made = sessions.issue(&session, now()).expect("a token");
    let mut other = made.access_token.into_bytes();
    if let [at, byte, ..] = *bytes {
        let at = usize::from(at) % other.len();
        let is_same = std::mem::replace(&mut other[at], byte) == byte;
        let other = String::from_utf8_lossy(&other);
        assert_eq!(sessions.verify(&other, now()).is_ok(), is_same, "{other}");
    }
    let text = String::from_utf8_lossy(bytes);
    let taken = sessions.verify(&text, now());
    assert!(taken.is_err(), "{text}");
    ended(taken.map(drop))
}

/// One character more, less or other makes a key another one, which its checksum betrays.
fn key(bytes: &[u8]) -> String {
    let made = fresh::make().expect("a key");
    assert!(rules::is_well_formed(made.text.as_bytes()));
    let mut other = made.text.into_bytes();
    if let [at, byte, ..] = *bytes {
        let at = usize::from(at) % other.len();
        let is_same = std::mem::replace(&mut other[at], byte) == byte;
        assert_eq!(rules::is_well_formed(&other), is_same);
    }
    let is_one = rules::is_well_formed(bytes);
    if is_one {
        assert!(bytes.is_ascii() && bytes.starts_with(b"sym_"));
        assert!(
            !rules::is_well_formed(&bytes[1..])
                && !rules::is_well_formed(&bytes[..bytes.len() - 1])
        );
    }
    is_one.to_string()
}

/// The webhook looks for a payment first.
fn update(bytes: &[u8]) -> String {
    match telegram_payment::parse(bytes) {
        Some(payment) => format!("{payment:?}")
            .chars()
            .take_while(|c| *c != '(')
            .collect(),
        None => match telegram_update::parse(bytes) {
            Ok(incoming) => incoming.event.map_or("none".to_owned(), |event| {
                format!("{:?}", event.kind)
                    .chars()
                    .take_while(|c| c.is_alphabetic())
                    .collect()
            }),
            Err(why) => why,
        },
    }
}
