//! Webhooks about money.

use std::sync::LazyLock;

use fuzz::Target;
use kernel::env::Env;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use vendors::messenger::{self, MessengerConfig, telegram_payment};
use vendors::payment::{Gateways, PaymentConfig};

use crate::{TEXT, targets};

targets! {
    a_notification_of_the_bank_is_believed_only_with_its_token: Target {
        name: "bank",
        words: &["\"Token\":", "\"Amount\":", "\"Status\":\"CONFIRMED\"", "\"Success\":", "\"OrderId\":", "\"PaymentId\":",
                 "\"TerminalKey\":", "\"Data\":{", "1e400"],
        run: notification,
        ..TEXT
    },
    a_payment_of_stars_is_read_or_passed_over: Target {
        name: "stars",
        words: &["\"successful_payment\":{", "\"pre_checkout_query\":{", "\"total_amount\":", "\"invoice_payload\":",
                 "\"currency\":\"XTR\"", "\"telegram_payment_charge_id\":", "\"refunded_payment\":{"],
        run: stars,
        ..TEXT
    },
}

const PASSWORD: &str = "a password of the terminal";

static GATEWAYS: LazyLock<Gateways> = LazyLock::new(|| {
    let lookup = |name: &str| {
        let value = match name {
            "TELEGRAM_BOT_TOKEN" => "123456789:AAAA",
            "TINKOFF_TERMINAL_KEY" => "Terminal",
            "TINKOFF_SECRET_KEY" => PASSWORD,
            _ => return None,
        };
        Some(value.to_owned())
    };
    let mut env = Env::new(&lookup);
    let messenger = messenger::build(&MessengerConfig::read(&mut env)).expect("a messenger");
    Gateways::new(&PaymentConfig::read(&mut env), messenger).expect("gateways")
});

/// As the bank makes it: <https://developer.tbank.ru/eacq/intro/developer/token>.
fn token(body: &Map<String, Value>) -> String {
    let mut values: Vec<(&str, String)> = vec![("Password", PASSWORD.to_owned())];
    for (name, value) in body
        .iter()
        .filter(|(name, _)| !["Token", "Password"].contains(&name.as_str()))
    {
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Number(_) | Value::Bool(_) => value.to_string(),
            _ => continue,
        };
        values.push((name, value));
    }
    values.sort_unstable();
    let text: String = values.into_iter().map(|(_, value)| value).collect();
    hex::encode(Sha256::digest(text))
}

fn notification(bytes: &[u8]) -> String {
    let bank = GATEWAYS.of_webhook("tinkoff").expect("a gateway");
    let parse = |body: &[u8]| bank.parse_notification(&|_| None, body);
    let Ok(Value::Object(mut body)) = serde_json::from_slice(bytes) else {
        let refused = parse(bytes);
        assert!(refused.is_err());
        return format!("{refused:?}");
    };
    body.insert("Token".to_owned(), json!("0".repeat(64)));
    assert!(parse(json!(body).to_string().as_bytes()).is_err());
    let token = token(&body);
    body.insert("Token".to_owned(), json!(token));
    match parse(json!(body).to_string().as_bytes()) {
        Ok(read) => format!("{:?}", read.happened),
        Err(why) => format!("{why:?}"),
    }
}

fn stars(bytes: &[u8]) -> String {
    let read = telegram_payment::parse(bytes);
    read.map_or("none".to_owned(), |read| {
        format!("{read:?}")
            .chars()
            .take_while(|c| *c != '(')
            .collect()
    })
}
