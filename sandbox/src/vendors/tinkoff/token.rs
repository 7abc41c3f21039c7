//! The bank's signature: SHA-256 over the values of all root scalars and the password, by name.
//! Source: <https://developer.tbank.ru/eacq/intro/developer/token>.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Tinkoff;

/// The token of a body.
pub fn of(body: &Map<String, Value>, password: &str) -> String {
    let mut pairs = BTreeMap::new();
    for (name, value) in body {
        match value {
            Value::String(text) => pairs.insert(name.as_str(), text.clone()),
            Value::Number(_) | Value::Bool(_) => pairs.insert(name.as_str(), value.to_string()),
            _ => None,
        };
    }
    pairs.remove("Token");
    pairs.insert("Password", password.to_owned());
    let all: String = pairs.into_values().collect();
    hex::encode(Sha256::digest(all))
}

/// Whether a request comes from the one shop that this bank has.
pub fn is_right(body: &Map<String, Value>, bank: &Tinkoff) -> bool {
    body.get("TerminalKey").and_then(Value::as_str) == Some(bank.terminal_key.as_str())
        && body.get("Token").and_then(Value::as_str) == Some(of(body, &bank.password).as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by the clients `tbank-securepay` 0.3.2 and `tbank` 1.14 (Python) and `@jfkz/tinkoff-payment-sdk` (Node).
    #[test]
    fn notifications_are_signed_as_other_clients_expect() {
        let confirmed = serde_json::json!({
            "TerminalKey": "SandboxDEMO", "OrderId": "0193a0b0-0000-7000-8000-000000000001",
            "Success": true, "Status": "CONFIRMED", "PaymentId": 13660, "ErrorCode": "0",
            "Amount": 29900, "CardId": 322264, "Pan": "430000******0777", "ExpDate": "1122",
            "DATA": { "Source": "sandbox" },
        });
        let mut part = confirmed.clone();
        part["Status"] = "PARTIAL_REFUNDED".into();
        part["Amount"] = 10000.into();
        part["RebillId"] = Value::Null;
        for (body, token) in [
            (
                confirmed,
                "018edf48017ca7ca802acada579dbb7fbb9e7e64acbf7501af3440e2334b560a",
            ),
            (
                part,
                "6f129dc5f1ea548c828d36abf59a9c70f6e16831b7130640c8a48a64b1295716",
            ),
        ] {
            let body = body.as_object().expect("an object");
            assert_eq!(of(body, "sandbox-password"), token);
        }
    }

    #[test]
    fn the_token_is_that_of_the_banks_own_example() {
        let body = serde_json::json!({
            "TerminalKey": "MerchantTerminalKey", "Amount": 19200, "OrderId": "00000",
            "Description": "Подарочная карта на 1000 рублей",
            "DATA": { "Phone": "+71234567890" }, "Receipt": { "Email": "a@test.ru" },
        });
        let Value::Object(body) = body else {
            panic!("an object")
        };
        assert_eq!(
            of(&body, "11111111111111"),
            "72dd466f8ace0a37a1f740ce5fb78101712bc0665d91a8108c7c8a0ccd426db2"
        );
    }
}
