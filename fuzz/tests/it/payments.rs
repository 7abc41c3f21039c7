//! Webhooks about money.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::FutureExt;
use fuzz::Target;
use hmac::{Hmac, KeyInit, Mac};
use kernel::env::Env;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use vendors::messenger::{self, MessengerConfig, telegram_payment};
use vendors::payment::{Gateways, Headers, Incoming, PaymentConfig, Said};

use crate::{TEXT, targets};

targets! {
    a_notification_of_the_bank_is_believed_only_with_its_token: Target {
        name: "bank",
        words: &["\"Token\":", "\"Amount\":", "\"Status\":\"CONFIRMED\"", "\"Success\":", "\"OrderId\":", "\"PaymentId\":",
                 "\"TerminalKey\":", "\"Data\":{", "1e400"],
        run: notification,
        ..TEXT
    },
    an_event_of_stripe_is_believed_only_with_its_signature: Target {
        name: "stripe",
        words: &["\"type\":\"checkout.session.completed\"", "\"api_version\":\"2026-10-28.endive\"", "\"data\":{\"object\":",
                 "\"metadata\":{\"payment\":", "\"payment_status\":\"paid\"", "\"mode\":\"payment\"", "\"amount_total\":",
                 "\"currency\":\"eur\"", "\"payment_intent\":", "\"type\":\"charge.refunded\"", "1e400"],
        run: event,
        ..TEXT
    },
    an_event_of_paypal_is_a_hint_and_never_believed_unsigned: Target {
        name: "paypal",
        words: &["\"event_type\":\"PAYMENT.CAPTURE.COMPLETED\"", "\"CHECKOUT.ORDER.APPROVED\"", "\"CUSTOMER.DISPUTE.CREATED\"",
                 "\"resource\":{", "\"purchase_units\":[{", "\"custom_id\":\"0193a0b0-0000-7000-8000-000000000001\"",
                 "\"supplementary_data\":{\"related_ids\":{\"order_id\":", "\"links\":[{\"rel\":\"up\",\"href\":",
                 "\"disputed_transactions\":[{\"seller_transaction_id\":"],
        run: paypal,
        ..TEXT
    },
    a_notification_of_cloudpayments_is_believed_only_with_its_signature: Target {
        name: "cloudpayments",
        words: &["TransactionId=", "&Amount=", "&Currency=RUB", "&Status=Completed", "&InvoiceId=", "&OperationType=Refund",
                 "&ReasonCode=5051", "&GatewayName=", "%00", "{\"Amount\":", "1e400", "null"],
        run: of_cloudpayments,
        ..TEXT
    },
    a_push_of_comgate_is_a_hint_to_a_sound_number_or_nothing: Target {
        name: "pushes",
        words: &["transId=", "&refId=", "&merchant=123456", "&secret=", "&status=PAID", "{\"transId\":", "\"refId\":",
                 "0193a0b0-0000-7000-8000-000000000001", "AB12-CD34-EF56", "%2F..%2F", "%00", "\\u0000"],
        run: push,
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

const WHSEC: &str = "whsec_of_the_fuzzer";

static GATEWAYS: LazyLock<Gateways> = LazyLock::new(|| {
    let lookup = |name: &str| {
        let value = match name {
            "TELEGRAM_BOT_TOKEN" => "123456789:AAAA",
            "TINKOFF_TERMINAL_KEY" => "Terminal",
            "STRIPE_SECRET_KEY" => "sk_test_fuzz",
            "STRIPE_WEBHOOK_SECRET" => WHSEC,
            "PAYPAL_CLIENT_ID" | "PAYPAL_CLIENT_SECRET" | "PAYPAL_WEBHOOK_ID" => "paypal",
            "TINKOFF_SECRET_KEY" | "CLOUDPAYMENTS_API_SECRET" => PASSWORD,
            "CLOUDPAYMENTS_PUBLIC_ID" => "pk",
            "COMGATE_MERCHANT" => "123456",
            "COMGATE_SECRET" => "a password of the shop",
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
    let parse = |body: &[u8]| {
        let call = Incoming {
            endpoint: "",
            headers: &Headers::new(),
            body,
        };
        let verified = bank.verify(&call).now_or_never();
        verified
            .expect("nothing to wait for")
            .map_err(|why| format!("{why:?}"))?;
        match bank.read("", body).map_err(str::to_owned)?.says {
            Said::Moved(moved) => Ok(*moved),
            other => Err(format!("{other:?}")),
        }
    };
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

fn event(bytes: &[u8]) -> String {
    let stripe = GATEWAYS.of_webhook("stripe").expect("a gateway");
    let at = chrono::Utc::now().timestamp();
    let believed = |secret: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
        mac.update(format!("{at}.").as_bytes());
        mac.update(bytes);
        let signature = format!("t={at},v1={}", hex::encode(mac.finalize().into_bytes()));
        let headers = Headers::from([("stripe-signature".to_owned(), signature)]);
        let call = Incoming {
            endpoint: "",
            headers: &headers,
            body: bytes,
        };
        let verified = stripe.verify(&call).now_or_never();
        verified.expect("nothing to wait for").is_ok()
    };
    assert!(believed(WHSEC) && !believed("whsec_of_another"));
    match stripe.read("", bytes).map(|call| call.says) {
        Ok(Said::Moved(moved)) => format!("{:?}", moved.happened),
        Ok(said) => format!("{said:?}")
            .chars()
            .take_while(|c| c.is_alphabetic())
            .collect(),
        Err(why) => why.to_owned(),
    }
}

fn paypal(bytes: &[u8]) -> String {
    let paypal = GATEWAYS.of_webhook("paypal").expect("a gateway");
    let call = Incoming {
        endpoint: "",
        headers: &Headers::new(),
        body: bytes,
    };
    let verified = paypal.verify(&call).now_or_never();
    assert!(verified.expect("nothing to wait for").is_err());
    match paypal.read("", bytes).map(|call| call.says) {
        Ok(Said::Changed(sought)) => {
            assert!(sought.external_id.is_some());
            "changed".to_owned()
        }
        Ok(Said::Nothing) => "nothing".to_owned(),
        Ok(other) => panic!("a hint is no snapshot: {other:?}"),
        Err(why) => why.to_owned(),
    }
}

/// As it makes it: <https://developers.cloudpayments.ru/#proverka-uvedomleniy>.
fn signature(body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(PASSWORD.as_bytes()).expect("any key");
    STANDARD.encode(mac.chain_update(body).finalize().into_bytes())
}

fn of_cloudpayments(body: &[u8]) -> String {
    let gateway = GATEWAYS.of_webhook("cloudpayments").expect("a gateway");
    let is_believed = |proof: &str| {
        let headers = Headers::from([("content-hmac".to_owned(), proof.to_owned())]);
        let call = Incoming {
            endpoint: "pay",
            headers: &headers,
            body,
        };
        let verified = gateway.verify(&call).now_or_never();
        verified.expect("nothing to wait for").is_ok()
    };
    assert!(!is_believed("") && !is_believed(&signature(b"another body")));
    assert!(is_believed(&signature(body)));
    let ends = ["check", "pay", "fail", "refund"].map(|kind| match gateway.read(kind, body) {
        Ok(call) => format!("{:?}", call.says)
            .chars()
            .take_while(|c| *c != '(')
            .collect(),
        Err(why) => why.to_owned(),
    });
    ends.join(", ")
}

/// Strangers reach it: it has no signature.
fn push(bytes: &[u8]) -> String {
    let comgate = GATEWAYS.of_webhook("comgate").expect("a gateway");
    let call = Incoming {
        endpoint: "",
        headers: &Headers::new(),
        body: bytes,
    };
    let verified = comgate.verify(&call).now_or_never();
    if let Err(why) = verified.expect("nothing to wait for") {
        return format!("{why:?}");
    }
    match comgate.read("", bytes).map(|call| call.says) {
        Ok(Said::Changed(sought)) => {
            let number = sought.external_id.expect("a number");
            let is_sound = |c: u8| c.is_ascii_alphanumeric() || c == b'-';
            assert!(number.bytes().all(is_sound), "{number}");
            "changed".to_owned()
        }
        other => format!("{other:?}"),
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
