//! Notifications, each until the shop answers `{"code":0}`, and the question Check.
//! Source: <https://developers.cloudpayments.ru/#uvedomleniya>.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Map, Value, json};
use sha2::Sha256;
use url::form_urlencoded::Serializer;

use super::models::text;
use super::state::{Notice, Transaction};
use super::{CHECK, CloudPayments, NAME, WEBHOOK};
use crate::faults::Fate;
use crate::payments::deliveries::{self, Delivery};

pub const KINDS: &[&str] = &[
    "check",
    "pay",
    "fail",
    "confirm",
    "refund",
    "cancel",
    "recurrent",
    "receipt",
];

/// Tells the shop of these.
pub fn send(site: &Arc<CloudPayments>, notices: Vec<Notice>) {
    let delivery = |(kind, one): Notice| {
        let call = signed(site, kind, &one)?;
        Some(Delivery {
            service: &WEBHOOK,
            vendor: NAME,
            detail: json!({ "kind": kind, "transaction": one.id }),
            call: Box::new(move |_| call()),
            is_taken: |status, body| status == 200 && code_of(body) == Some(0),
            taken: Box::new(|| ()),
        })
    };
    let all: Vec<Delivery> = notices.into_iter().filter_map(delivery).collect();
    deliveries::bring(&site.world, all);
}

/// Asks the shop whether this may be paid; the reason code of a refusal. A shop without an address for it is not asked.
pub async fn check(site: &Arc<CloudPayments>, one: &Transaction) -> Result<(), i64> {
    let mut asked = one.clone();
    // What it will be in the end.
    let status = if one.order.two_stages {
        "Authorized"
    } else {
        "Completed"
    };
    status.clone_into(&mut asked.status);
    let Some(call) = signed(site, "check", &asked) else {
        return Ok(());
    };
    let world = &site.world;
    let detail = json!({ "kind": "check", "transaction": one.id });
    let mut watch = world.calls.watch(&WEBHOOK, CHECK, detail);
    let injection = world.faults.injection(&WEBHOOK, CHECK);
    watch.fault(injection.fate.name());
    tokio::time::sleep(injection.latency).await;
    if !matches!(injection.fate, Fate::Pass) {
        return Err(3007);
    }
    let answer = call().timeout(world.config.webhook.timeout).send().await;
    let answer = answer.map_err(|_| 3007)?;
    watch.answered(answer.status().as_u16());
    if answer.status() != 200 {
        return Err(3007);
    }
    match code_of(&answer.text().await.unwrap_or_default()) {
        Some(0) => Ok(()),
        Some(10) => Err(3001),
        Some(11) => Err(3002),
        Some(12) => Err(3003),
        Some(20) => Err(3004),
        Some(13) => Err(3008),
        _ => Err(3005),
    }
}

fn code_of(body: &str) -> Option<i64> {
    let answer: Value = serde_json::from_str(body).ok()?;
    answer["code"].as_i64()
}

type Call = Box<dyn Fn() -> RequestBuilder + Send + Sync>;

/// The call of a notification, which is the same each time; `None`: it goes nowhere.
fn signed(site: &Arc<CloudPayments>, kind: &str, one: &Transaction) -> Option<Call> {
    let (address, is_json) = {
        let books = site.books();
        (books.addresses.get(kind)?.clone(), books.json)
    };
    let fields = fields(kind, one);
    let (content_type, body) = match is_json {
        true => ("application/json", Value::Object(fields).to_string()),
        false => ("application/x-www-form-urlencoded", form(&fields)),
    };
    let plain = if is_json {
        body.clone()
    } else {
        decoded(&body)
    };
    let [proof, second] = [body.as_str(), &plain].map(|text| hmac(&site.api_secret, text));
    let http = site.world.http.clone();
    Some(Box::new(move || {
        let call = http.post(&address).header(CONTENT_TYPE, content_type);
        call.header("Content-HMAC", &proof)
            .header("X-Content-HMAC", &second)
            .body(body.clone())
    }))
}

fn fields(kind: &str, one: &Transaction) -> Map<String, Value> {
    let order = &one.order;
    let mut fields = Map::new();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    set("TransactionId", json!(one.id));
    if let Some(payment) = one.of.filter(|_| kind == "refund") {
        set("PaymentTransactionId", json!(payment));
    }
    set("Amount", json!(text(one.amount)));
    set("DateTime", json!(one.created.replace('T', " ")));
    if let Some(invoice) = &order.invoice_id {
        set("InvoiceId", json!(invoice));
    }
    if let Some(account) = &order.account_id {
        set("AccountId", json!(account));
    }
    if let Some(email) = &order.email {
        set("Email", json!(email));
    }
    if let Some(data) = &order.data {
        set("Data", json!(data));
    }
    if kind != "cancel" && kind != "confirm" {
        set("OperationType", json!(one.operation()));
    }
    // These two say no more.
    if kind == "refund" || kind == "cancel" {
        return fields;
    }
    set("Currency", json!(order.currency));
    set("PaymentAmount", json!(text(one.amount)));
    set("PaymentCurrency", json!(order.currency));
    for (name, value) in [
        ("CardFirstSix", "424242"),
        ("CardLastFour", "4242"),
        ("CardType", "Visa"),
        ("CardExpDate", "12/30"),
        ("TestMode", "1"),
        ("Name", "TEST"),
        ("IpAddress", "87.251.91.164"),
        ("Issuer", "CloudPayments"),
        ("Description", order.description.as_str()),
    ] {
        set(name, json!(value));
    }
    match kind {
        "fail" => {
            set("Reason", json!(one.reason()));
            set("ReasonCode", json!(one.reason_code));
        }
        _ => {
            set("Status", json!(one.status));
        }
    }
    if let Some(token) = one.token.as_ref().filter(|_| kind == "pay") {
        set("Token", json!(token));
    }
    if kind == "pay" || kind == "confirm" {
        set("GatewayName", json!("Test"));
        set("AuthCode", json!("A1B2C3"));
    }
    fields
}

fn form(fields: &Map<String, Value>) -> String {
    let mut form = Serializer::new(String::new());
    for (name, value) in fields {
        let text = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        form.append_pair(name, &text);
    }
    form.finish()
}

/// What the second proof is over.
fn decoded(form: &str) -> String {
    let blanks = form.replace('+', " ");
    percent_decode_str(&blanks).decode_utf8_lossy().into_owned()
}

fn hmac(secret: &str, text: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    mac.map_or_else(
        |_| String::new(),
        |mac| STANDARD.encode(mac.chain_update(text.as_bytes()).finalize().into_bytes()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by the clients `cloudpayments` 6.0.1 (Node) and `cloudpayments-sdk` (Python).
    #[test]
    fn notifications_are_signed_as_other_clients_expect() {
        let form = "TransactionId=897738514&Amount=299.00&Currency=RUB&PaymentAmount=299.00&PaymentCurrency=RUB&DateTime=2026-11-21+10%3A00%3A00&CardFirstSix=411111&CardLastFour=1111&CardType=Visa&CardExpDate=12%2F29&TestMode=1&Status=Completed&OperationType=Payment&InvoiceId=0193a0b0-0000-7000-8000-000000000001&AccountId=1001&Description=%D0%A2%D0%B0%D1%80%D0%B8%D1%84+Basic&GatewayName=Test";
        let json = r#"{"TransactionId":1,"Amount":299.0,"InvoiceId":"i-1"}"#;
        for (text, proof) in [
            (form, "aglQF2c+hilbO38ZKITOCBl8ooxACL5riuyYYbdZ5Yk="),
            (
                &decoded(form),
                "eE7qYi9e/IpBsM0O+EShbY6XgL9oanOgf0PUjb30REE=",
            ),
            (json, "rHl6H131Wz1QGEDilCzD62xRpQ9ZF3hjqgNZg1k4T3Q="),
        ] {
            assert_eq!(hmac("cp-api-secret", text), proof, "{text}");
        }
    }
}
