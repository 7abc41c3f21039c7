//! Mini App launch data, signed as Telegram documents it: HMAC-SHA256 over the sorted fields
//! with HMAC-SHA256("WebAppData", bot token) as the key. Called by `launch` and `control`.
//! Source: <https://core.telegram.org/bots/webapps#webappinitdata>.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::model::Person;
use super::wire;

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length, so the error cannot occur.
    match Hmac::<Sha256>::new_from_slice(key) {
        Ok(mac) => mac.chain_update(message).finalize().into_bytes().to_vec(),
        Err(_) => Vec::new(),
    }
}

/// The `hash` of fields that are sorted by key.
fn hash<V: std::fmt::Display>(token: &str, fields: &[(&str, V)]) -> String {
    let lines: Vec<String> = fields
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let secret = hmac(b"WebAppData", token.as_bytes());
    hex::encode(hmac(&secret, lines.join("\n").as_bytes()))
}

/// What a Mini App is opened by.
pub enum Door {
    /// A button of the bot, in the menu or under a message.
    Button,
    /// A link, with what follows `startapp=` in it.
    Link(Option<String>),
}

impl Door {
    /// The fields that tell it.
    fn fields(self, person: &Person) -> Vec<(&'static str, String)> {
        let Self::Link(start_param) = self else {
            let random = uuid::Uuid::new_v4().into_bytes();
            let number = [&person.id.to_le_bytes()[..], &random[..8]].concat();
            let query_id = URL_SAFE_NO_PAD.encode(number);
            return vec![("query_id", format!("AA{query_id}"))];
        };
        let chat_instance = format!("-{}", 3_000_000_000_000_000_000 + person.id % 1_000_000_000);
        let start_param = start_param.map(|payload| ("start_param", payload));
        [
            ("chat_instance", chat_instance),
            ("chat_type", "private".to_owned()),
        ]
        .into_iter()
        .chain(start_param)
        .collect()
    }
}

/// The query string a Mini App of this bot is opened with by `person`.
pub fn signed(token: &str, person: &Person, auth_date: i64, door: Door) -> String {
    let mut user = wire::person(person);
    if let Some(user) = user.as_object_mut() {
        user.remove("is_bot");
    }
    user["allows_write_to_pm"] = true.into();
    // Sorted by key, as the rule wants them.
    let mut fields = vec![("auth_date", auth_date.to_string())];
    fields.extend(door.fields(person));
    fields.push(("user", user.to_string()));
    let hash = hash(token, &fields);
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&fields)
        .append_pair("hash", &hash)
        .finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vector in the documentation of the Telegram Mini Apps project, which its npm package
    /// for init data is tested with.
    #[test]
    fn the_hash_is_the_one_that_another_implementation_makes() {
        let user = r#"{"id":279058397,"first_name":"Vladislav","last_name":"Kibenko","username":"vdkfrost","language_code":"ru","is_premium":true}"#;
        let fields = [
            ("auth_date", "1662771648"),
            ("query_id", "AAHdF6IQAAAAAN0XohDhrOrc"),
            ("user", user),
        ];
        assert_eq!(
            hash("5768337691:AAH5YkoiEuPk8-FZa32hStHTqXiLPtAEhx8", &fields),
            "c501b71e775f74ce10e377dea85a7ea24ecd640b223ea86dfe453e0eaed2e2b2"
        );
    }
}
