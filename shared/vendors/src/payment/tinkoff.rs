//! T-Bank (once Tinkoff): payment by SBP or card on a page of the bank.
//!
//! Sources: <https://developer.tbank.ru/eacq/api/init>,
//! <https://developer.tbank.ru/eacq/intro/developer/token> and
//! <https://developer.tbank.ru/eacq/intro/developer/notification>. The rule of the design document
//! (secret, data, secret) is not the bank's.

use async_trait::async_trait;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
use subtle::ConstantTimeEq;
use url::Url;

use super::config::TinkoffConfig;
use super::{Disbelief, Gateway, Happened, Headers, Notification, Opened, Order, SERVICE, Terms};
use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::Language;
use kernel::error::Error;
use kernel::text::storable_json;

/// Name of this provider in errors.
pub const NAME: &str = "tinkoff";

/// The only one of a terminal.
const CURRENCY: &str = "RUB";

/// The longest description that the bank takes, in characters.
const DESCRIPTION_MAX: usize = 140;

pub(super) struct Tinkoff {
    http: reqwest::Client,
    config: TinkoffConfig,
}

/// The answer to `Init`; its status is 200 also if it is a refusal.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    success: bool,
    #[serde(default)]
    error_code: Value,
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: String,
    /// A number in older versions.
    #[serde(default)]
    payment_id: Value,
    #[serde(rename = "PaymentURL")]
    payment_url: Option<Url>,
}

impl Tinkoff {
    pub(super) fn new(config: &TinkoffConfig) -> Result<Self, Error> {
        Ok(Self {
            http: http::client(Some(config.timeout))?,
            config: config.clone(),
        })
    }

    fn body(&self, order: &Order) -> Result<Map<String, Value>, ProviderError> {
        let refuse = |why| failed(Kind::Rejected, why);
        let kopecks = (order.amount * Decimal::ONE_HUNDRED)
            .to_i64()
            .ok_or_else(|| refuse("the amount is too large"))?;
        let mut body = Map::new();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
        set("TerminalKey", json!(self.config.terminal_key));
        set("Amount", json!(kopecks));
        set("OrderId", json!(order.id));
        let description: String = order.description.chars().take(DESCRIPTION_MAX).collect();
        set("Description", json!(description));
        // The page has these two languages.
        let language = match order.language {
            Language::Ru => "ru",
            Language::En | Language::Zh => "en",
        };
        set("Language", json!(language));
        // One stage: the bank takes the money without another call.
        set("PayType", json!("O"));
        if let Some(url) = &self.config.notification_url {
            set("NotificationURL", json!(url));
        }
        if let Some(url) = &order.return_url {
            set("SuccessURL", json!(url));
            set("FailURL", json!(url));
        }
        let token = token(&body, &self.config.secret_key);
        body.insert("Token".to_owned(), json!(token));
        Ok(body)
    }
}

#[async_trait]
impl Gateway for Tinkoff {
    fn terms(&self) -> Terms {
        Terms {
            provider: "sbp_tinkoff",
            vendor: NAME,
            currency: CURRENCY,
            receipt: "OK",
        }
    }

    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        let url = format!(
            "{}/Init",
            self.config.api_url.as_str().trim_end_matches('/')
        );
        let call = self.http.post(url).json(&self.body(order)?);
        let response = call.send().await.map_err(of_reqwest)?;
        let status = response.status().as_u16();
        let after = response
            .headers()
            .get(reqwest::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let body = response.bytes().await.map_err(of_reqwest)?;
        match status {
            200..=299 => opened(&body),
            429 => Err(answered(Kind::RateLimited(after), status)),
            401 | 403 => Err(answered(Kind::Auth, status)),
            408 => Err(answered(Kind::Timeout, status)),
            400..=499 => Err(answered(Kind::Rejected, status)),
            500.. => Err(answered(Kind::Transient, status)),
            _ => Err(answered(Kind::Protocol, status)),
        }
    }

    fn parse_notification(&self, _: Headers<'_>, body: &[u8]) -> Result<Notification, Disbelief> {
        let body: Map<String, Value> = serde_json::from_slice(&storable_json(body))
            .map_err(|_| Disbelief::Malformed("not a JSON object"))?;
        let given = body.get("Token").and_then(Value::as_str);
        let given = given.ok_or(Disbelief::Malformed("Token is missing"))?;
        let expected = token(&body, &self.config.secret_key);
        let same: bool = expected.as_bytes().ct_eq(given.as_bytes()).into();
        if !same || body.get("TerminalKey") != Some(&json!(self.config.terminal_key)) {
            return Err(Disbelief::Forged);
        }
        notification(&body)
    }
}

fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}

fn answered(kind: Kind, status: u16) -> ProviderError {
    failed(kind, format!("status {status}"))
}

fn of_reqwest(why: reqwest::Error) -> ProviderError {
    http::failed(SERVICE, NAME, why)
}

fn opened(body: &[u8]) -> Result<Opened, ProviderError> {
    let protocol = |why: String| failed(Kind::Protocol, why);
    let answer: Answer = serde_json::from_slice(body).map_err(|why| {
        let place = format!("line {}, column {}", why.line(), why.column());
        protocol(format!("not the JSON we expect, {place}"))
    })?;
    if !answer.success {
        let code = scalar(&answer.error_code).unwrap_or_default();
        let text = format!("{code}: {} {}", answer.message, answer.details);
        let text: String = text.chars().take(500).collect();
        return Err(failed(kind_of(&code), text));
    }
    let external_id = scalar(&answer.payment_id).filter(|number| !number.is_empty());
    match (answer.payment_url, &external_id) {
        (Some(url), Some(_)) => Ok(Opened { url, external_id }),
        _ => Err(protocol(
            "a success without PaymentURL or PaymentId".to_owned(),
        )),
    }
}

/// The bank's codes (<https://developer.tbank.ru/eacq/intro/errors/error-codes>): the terminal is
/// blocked or unknown, the token is wrong; a fault inside; anything else is about the order.
fn kind_of(code: &str) -> Kind {
    match code {
        "202" | "204" | "205" | "501" => Kind::Auth,
        "9999" | "999" => Kind::Transient,
        _ => Kind::Rejected,
    }
}

/// SHA-256, in hex, of the values of all root scalars but `Token`, and of `Password`, in the order
/// of their names.
fn token(body: &Map<String, Value>, password: &str) -> String {
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
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn notification(body: &Map<String, Value>) -> Result<Notification, Disbelief> {
    let field = |name: &str| body.get(name).and_then(scalar);
    let missing = Disbelief::Malformed("OrderId, PaymentId, Status or Amount is missing");
    let kopecks: i64 = field("Amount")
        .and_then(|amount| amount.parse().ok())
        .ok_or(missing)?;
    let status = field("Status").ok_or(missing)?;
    // A confirmation has both the status and `Success`. Null is as good as nothing: the bank leaves both out
    // of what it signs.
    let success = field("Success").is_none_or(|is| is == "true");
    Ok(Notification {
        order_id: field("OrderId").ok_or(missing)?,
        external_id: field("PaymentId").ok_or(missing)?,
        happened: happened(&status, success),
        status,
        amount: Decimal::new(kopecks, 2),
        currency: CURRENCY.to_owned(),
    })
}

/// What a status means (<https://developer.tbank.ru/eacq/intro/developer/statuses>).
fn happened(status: &str, success: bool) -> Happened {
    match status {
        "CONFIRMED" if success => Happened::Paid,
        "REJECTED" | "AUTH_FAIL" => Happened::Refused,
        "CANCELED" | "DEADLINE_EXPIRED" | "ATTEMPTS_EXPIRED" => Happened::Abandoned,
        // Only reserved money is reversed, and then it never comes.
        "REVERSED" | "REFUNDED" => Happened::Returned,
        "PARTIAL_REFUNDED" | "PARTIAL_REVERSED" => Happened::PartlyReturned,
        _ => Happened::Underway,
    }
}
