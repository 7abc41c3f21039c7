//! T-Bank (once Tinkoff): payment by SBP or card on a page of the bank.
//!
//! Sources: <https://developer.tbank.ru/eacq/api/init>, `get-state` and `check-order` beside it, and
//! <https://developer.tbank.ru/eacq/intro/developer/notification>.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;
use url::Url;
use uuid::Uuid;

use super::config::TinkoffConfig;
use super::tinkoff_token::{scalar, token};
use super::tinkoff_words::{CURRENCY, kind_of, notification};
use super::{Disbelief, Gateway, Headers, Notification, Opened, Order, SERVICE, Sought, Terms};
use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::Language;
use kernel::error::Error;
use kernel::text::storable_json;

/// Name of this provider in errors.
pub const NAME: &str = "tinkoff";

/// The longest description that the bank takes, in characters.
const DESCRIPTION_MAX: usize = 140;

pub(super) struct Tinkoff {
    http: reqwest::Client,
    config: TinkoffConfig,
}

/// What all answers have; their status is 200 also if it is a refusal.
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
    /// Of `Init`; a number in older versions.
    #[serde(default)]
    payment_id: Value,
    /// Of `Init`.
    #[serde(rename = "PaymentURL")]
    payment_url: Option<Url>,
    /// Of `CheckOrder`.
    #[serde(default)]
    payments: Vec<Map<String, Value>>,
}

impl Tinkoff {
    pub(super) fn new(config: &TinkoffConfig) -> Result<Self, Error> {
        Ok(Self {
            http: http::client(Some(config.timeout))?,
            config: config.clone(),
        })
    }

    fn fields(&self, order: &Order) -> Result<Map<String, Value>, ProviderError> {
        let kopecks = order.amount.checked_mul(Decimal::ONE_HUNDRED);
        let kopecks = kopecks.filter(|sum| sum.fract().is_zero());
        let kopecks = kopecks.and_then(|sum| sum.to_i64());
        let kopecks =
            kopecks.ok_or_else(|| failed(Kind::Rejected, "not a whole number of kopecks"))?;
        let mut body = Map::new();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
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
        Ok(body)
    }

    /// Calls a method with these fields, for the terminal and signed.
    async fn call(
        &self,
        method: &str,
        mut fields: Map<String, Value>,
    ) -> Result<Bytes, ProviderError> {
        let terminal = json!(self.config.terminal_key);
        fields.insert("TerminalKey".to_owned(), terminal);
        let token = token(&fields, &self.config.secret_key);
        fields.insert("Token".to_owned(), json!(token));
        let base = self.config.api_url.as_str().trim_end_matches('/');
        let call = self.http.post(format!("{base}/{method}")).json(&fields);
        let response = call.send().await.map_err(of_reqwest)?;
        let status = response.status().as_u16();
        let after = response
            .headers()
            .get(reqwest::header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let body = response.bytes().await.map_err(of_reqwest)?;
        match status {
            200..=299 => Ok(body),
            429 => Err(answered(Kind::RateLimited(after), status)),
            401 | 403 => Err(answered(Kind::Auth, status)),
            408 => Err(answered(Kind::Timeout, status)),
            400..=499 => Err(answered(Kind::Rejected, status)),
            500.. => Err(answered(Kind::Transient, status)),
            _ => Err(answered(Kind::Protocol, status)),
        }
    }

    /// The payment with this number of the bank.
    async fn payment(&self, number: &str) -> Result<Notification, ProviderError> {
        let question = Map::from_iter([("PaymentId".to_owned(), json!(number))]);
        let body = self.call("GetState", question).await?;
        let payment: Map<String, Value> = parsed(&body)?;
        if payment.contains_key("Status") {
            return read(&payment);
        }
        Err(refused(&parsed(&body)?))
    }

    /// The payments of an order whose `Init` was not answered. One that never reached the bank is refused as one
    /// that it does not know.
    async fn of_order(&self, id: Uuid) -> Result<Vec<Notification>, ProviderError> {
        let question = Map::from_iter([("OrderId".to_owned(), json!(id))]);
        let answer: Answer = parsed(&self.call("CheckOrder", question).await?)?;
        if !answer.success {
            let why = refused(&answer);
            return match why.kind {
                Kind::Rejected => Ok(Vec::new()),
                _ => Err(why),
            };
        }
        let mut found = Vec::new();
        for mut payment in answer.payments {
            payment.insert("OrderId".to_owned(), json!(id));
            found.push(read(&payment)?);
        }
        Ok(found)
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
            looked_up_at_once: 1,
        }
    }

    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        opened(parsed(&self.call("Init", self.fields(order)?).await?)?)
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

    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError> {
        let mut found = Vec::new();
        for order in orders {
            match &order.external_id {
                Some(number) => found.push(self.payment(number).await?),
                None => found.extend(self.of_order(order.id).await?),
            }
        }
        Ok(found)
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

fn parsed<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ProviderError> {
    serde_json::from_slice(&storable_json(body)).map_err(|why| {
        let place = format!("line {}, column {}", why.line(), why.column());
        failed(Kind::Protocol, format!("not the JSON we expect, {place}"))
    })
}

fn read(payment: &Map<String, Value>) -> Result<Notification, ProviderError> {
    notification(payment).map_err(|why| failed(Kind::Protocol, format!("{why:?}")))
}

fn refused(answer: &Answer) -> ProviderError {
    let code = scalar(&answer.error_code).unwrap_or_default();
    let text = format!("{code}: {} {}", answer.message, answer.details);
    failed(kind_of(&code), text.chars().take(500).collect::<String>())
}

fn opened(answer: Answer) -> Result<Opened, ProviderError> {
    if !answer.success {
        return Err(refused(&answer));
    }
    let external_id = scalar(&answer.payment_id).filter(|number| !number.is_empty());
    match (answer.payment_url, &external_id) {
        (Some(url), Some(_)) => Ok(Opened { url, external_id }),
        _ => Err(failed(
            Kind::Protocol,
            "a success without PaymentURL or PaymentId",
        )),
    }
}
