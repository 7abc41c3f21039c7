//! T-Bank (once Tinkoff): payment by SBP or card on a page of the bank.
//!
//! Sources: <https://developer.tbank.ru/eacq/api/init>, `get-state`, `check-order` and `charge` beside it, and
//! <https://developer.tbank.ru/eacq/intro/developer/notification>.

mod charges;
mod config;
mod token;
mod words;

use async_trait::async_trait;
use bytes::Bytes;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use subtle::ConstantTimeEq;
use url::Url;
use uuid::Uuid;

use super::{
    Call, Charge, Disbelief, Gateway, Happened, Incoming, Manners, Notification, Opened, Order,
    Receipt, Refund, Refunding, SERVICE, Said, Sought, Terms, Verdict, sealed::Seal,
};
pub use config::{SETTINGS, TinkoffConfig};
use token::{scalar, token};
use words::{CURRENCY, kind_of, notification};

use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::Language;
use kernel::currencies::minor;
use kernel::error::Error;
use kernel::text::storable_json;

/// Name of this provider in errors.
pub const NAME: &str = "tinkoff";

/// Payments of it in rows.
const PROVIDER: &str = "sbp_tinkoff";

/// The longest description that the bank takes, in characters.
const DESCRIPTION_MAX: usize = 140;

pub(super) struct Tinkoff {
    http: reqwest::Client,
    config: TinkoffConfig,
    seal: Seal,
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
    /// Of `Cancel`.
    #[serde(default)]
    status: String,
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
            seal: Seal::of(&config.secret_key),
        })
    }

    fn fields(&self, order: &Order) -> Result<Map<String, Value>, ProviderError> {
        let mut body = Map::new();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
        set("Amount", json!(kopecks(order.amount)?));
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
        if let Some(person) = order.keep_for {
            set("Recurrent", json!("Y"));
            set("CustomerKey", json!(person));
            // The person pays, and the card is kept.
            set("DATA", json!({ "OperationInitiatorType": "1" }));
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
        let answer = http::answer(SERVICE, NAME, call).await?;
        answer.success(SERVICE, NAME)
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
            provider: PROVIDER,
            vendor: NAME,
            currencies: &[CURRENCY],
            looked_up_at_once: 1,
            renewal: Manners::of(PROVIDER).renewal,
        }
    }

    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        opened(parsed(&self.call("Init", self.fields(order)?).await?)?)
    }

    async fn verify(&self, call: &Incoming<'_>) -> Result<(), Disbelief> {
        let body = fields_of(call.body).map_err(Disbelief::Malformed)?;
        let given = body.get("Token").and_then(Value::as_str);
        let given = given.ok_or(Disbelief::Malformed("Token is missing"))?;
        let expected = token(&body, &self.config.secret_key);
        let same: bool = expected.as_bytes().ct_eq(given.as_bytes()).into();
        if !same || body.get("TerminalKey") != Some(&json!(self.config.terminal_key)) {
            return Err(Disbelief::Forged);
        }
        Ok(())
    }

    fn read(&self, _: &str, body: &[u8]) -> Result<Call, &'static str> {
        let fields = fields_of(body)?;
        let mut moved = notification(&fields)?;
        // The bank says it with the first of both: that the money is reserved, or that it has come.
        if matches!(moved.happened, Happened::Underway | Happened::Paid) {
            moved.saved = words::saved(&fields).and_then(|saved| self.opened(saved));
        }
        Ok(Call {
            event: None,
            kind: moved.status.clone(),
            says: Said::Moved(Box::new(moved)),
        })
    }

    fn without_secrets(&self, body: &[u8]) -> Vec<u8> {
        self.kept(body).unwrap_or_else(|| body.to_vec())
    }

    fn answer(&self, _: Verdict) -> Receipt {
        Receipt::text("OK")
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

    /// The bank knows no order again, so it is asked for it first ([`Tinkoff::charged`]). What it keeps, it is not asked to
    /// forget: `RemoveCard` wants the number of the card, and its documentation does not say that charges end with it.
    async fn charge_saved(&self, charge: &Charge) -> Result<Vec<Notification>, ProviderError> {
        self.charged(charge).await
    }

    /// `ExternalRequestId` makes it one refund, but not by SBP.
    async fn refund(&self, refund: &Refund) -> Result<Refunding, ProviderError> {
        let mut body = Map::new();
        body.insert("PaymentId".to_owned(), json!(refund.charge));
        body.insert("Amount".to_owned(), json!(kopecks(refund.amount)?));
        body.insert("ExternalRequestId".to_owned(), json!(refund.key));
        let answer: Answer = parsed(&self.call("Cancel", body).await?)?;
        match answer.success {
            true if answer.status == "ASYNC_REFUNDING" => Ok(Refunding::Underway(None)),
            true => Ok(Refunding::Done(None)),
            false => Err(refused(&answer)),
        }
    }
}

/// The fields of a notification.
fn fields_of(body: &[u8]) -> Result<Map<String, Value>, &'static str> {
    serde_json::from_slice(&storable_json(body)).map_err(|_| "not a JSON object")
}

fn kopecks(amount: Decimal) -> Result<i64, ProviderError> {
    minor(amount, CURRENCY).ok_or_else(|| failed(Kind::Rejected, "not a whole number of kopecks"))
}

fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}

fn parsed<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ProviderError> {
    http::parsed(SERVICE, NAME, body)
}

fn read(payment: &Map<String, Value>) -> Result<Notification, ProviderError> {
    notification(payment).map_err(|why| failed(Kind::Protocol, why))
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
