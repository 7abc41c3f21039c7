//! T-Bank's signature of requests and notifications.
//!
//! Source: <https://developer.tbank.ru/eacq/intro/developer/token>. The rule of the design document (secret, data,
//! secret) is not the bank's.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// SHA-256, in hex, of the values of all root scalars but `Token`, and of `Password`, in the order
/// of their names.
pub(super) fn token(body: &Map<String, Value>, password: &str) -> String {
    let mut values: Vec<(&str, String)> = body
        .iter()
        .filter(|(name, _)| *name != "Token" && *name != "Password")
        .filter_map(|(name, value)| Some((name.as_str(), scalar(value)?)))
        .collect();
    values.push(("Password", password.to_owned()));
    values.sort_unstable();
    let mut hasher = Sha256::new();
    for (_, value) in values {
        hasher.update(value.as_bytes());
    }
    hex::encode(hasher.finalize())
}

/// A value as the bank writes it into the token; objects, lists and null are left out.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Computed by the client `tbank-securepay` (Python) 0.3.2.
    #[test]
    fn a_question_is_signed_as_another_client_signs_it() {
        let question = json!({ "TerminalKey": "T", "PaymentId": "13660" });
        let question = question.as_object().expect("an object");
        assert_eq!(
            token(question, "p"),
            "68003e6471e09243662f855ebf21fec28d9ce1af014a1f9e3bb574e6a7af5aa2"
        );
    }
}
