//! BTCPay Server: payment in crypto on a page of a server that the operator runs.
//!
//! Sources: <https://docs.btcpayserver.org/API/Greenfield/v1/>, and the server's own source (2.4.1), which says when a
//! call of a webhook comes again: after a 5xx, a 408, a 429 and silence, and never after another refusal.

mod config;
mod refunds;
mod signature;
mod words;

use async_trait::async_trait;
use chrono::DateTime;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    Call, Disbelief, Gateway, Incoming, Manners, Notification, Opened, Order, Receipt, Refund,
    Refunding, SERVICE, Said, Sought, Terms, Verdict,
};
pub use config::{BtcpayConfig, SETTINGS};
use words::{Invoice, Metadata, Way};

use crate::http::Answer;
use crate::{ProviderError, ProviderErrorKind as Kind, http};
use kernel::currencies::{minor, whole};
use kernel::error::Error;
use kernel::text::storable_json;

/// Name of this provider in errors.
pub const NAME: &str = "btcpay";

pub(super) struct Btcpay {
    http: reqwest::Client,
    config: BtcpayConfig,
}

/// What is used of a new invoice.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    id: String,
    checkout_link: Url,
}

/// A call of the webhook. It has neither a sum nor a state of the invoice.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    delivery_id: Option<String>,
    /// Of the first delivery of the same event.
    #[serde(default)]
    original_delivery_id: Option<String>,
    #[serde(default)]
    store_id: Option<String>,
    #[serde(default)]
    invoice_id: Option<String>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

/// A refusal.
#[derive(Deserialize)]
#[serde(untagged)]
enum Problem {
    Of {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    },
    Fields(Vec<Field>),
}

#[derive(Deserialize)]
struct Field {
    #[serde(default)]
    path: String,
    #[serde(default)]
    message: String,
}

impl Btcpay {
    pub(super) fn new(config: &BtcpayConfig) -> Result<Self, Error> {
        Ok(Self {
            http: http::client(Some(config.timeout))?,
            config: config.clone(),
        })
    }

    /// Calls what is at this path of the API.
    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
        body: Option<Value>,
    ) -> Result<T, ProviderError> {
        let mut url = self.config.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let token = format!("token {}", self.config.api_key);
        let mut call = self.http.request(method, url).header(AUTHORIZATION, token);
        if let Some(body) = body {
            call = call.json(&body);
        }
        let answer = http::answer(SERVICE, NAME, call).await?;
        match answer.failure() {
            None => parsed(&answer.body),
            Some(kind) => Err(failed(kind, why(&answer))),
        }
    }

    /// The ways to pay an invoice, with what came by each.
    async fn ways(&self, invoice: &str) -> Result<Vec<Way>, ProviderError> {
        let path = [
            "stores",
            &self.config.store_id,
            "invoices",
            invoice,
            "payment-methods",
        ];
        self.call(Method::GET, &path, &[], None).await
    }

    /// What became of an invoice.
    async fn told(
        &self,
        order: &Sought,
        raw: &RawValue,
    ) -> Result<Vec<Notification>, ProviderError> {
        let invoice: Invoice = parsed(raw.get().as_bytes())?;
        if invoice.metadata.order() != Some(order.id) {
            return Ok(Vec::new());
        }
        let words: Value = parsed(raw.get().as_bytes())?;
        let ways = match invoice.is_uneven() {
            true => self.ways(&invoice.id).await?,
            false => Vec::new(),
        };
        let told = invoice.told(order.id, &ways, &words);
        let mut told = told.map_err(|why| failed(Kind::Protocol, why))?;
        if invoice.may_go_back() {
            told.extend(self.returned(&invoice, &told).await?);
        }
        Ok(told)
    }
}

#[async_trait]
impl Gateway for Btcpay {
    fn terms(&self) -> Terms {
        Terms {
            provider: NAME,
            vendor: NAME,
            currencies: &["EUR", "USD"],
            looked_up_at_once: 1,
            renewal: Manners::of(NAME).renewal,
        }
    }

    async fn init(&self, order: &Order) -> Result<Opened, ProviderError> {
        let mut checkout = Map::new();
        // Else the store may take less for enough.
        checkout.insert("paymentTolerance".to_owned(), json!(0));
        if let Some(url) = &order.return_url {
            checkout.insert("redirectURL".to_owned(), json!(url));
        }
        let body = json!({
            "amount": amount_text(order.amount, &order.currency)?, "currency": order.currency,
            "metadata": { "orderId": order.id, "itemDesc": order.description }, "checkout": checkout,
        });
        let path = ["stores", &self.config.store_id, "invoices"];
        let made: Made = self.call(Method::POST, &path, &[], Some(body)).await?;
        Ok(Opened {
            url: made.checkout_link,
            external_id: Some(made.id),
        })
    }

    async fn verify(&self, call: &Incoming<'_>) -> Result<(), Disbelief> {
        let given = call.header("btcpay-sig").unwrap_or_default();
        match signature::is_right(given, &self.config.webhook_secret, call.body) {
            true => Ok(()),
            false => Err(Disbelief::Forged),
        }
    }

    fn read(&self, _: &str, body: &[u8]) -> Result<Call, &'static str> {
        let event: Event = serde_json::from_slice(&storable_json(body))
            .map_err(|_| "not an event of BTCPay Server")?;
        let is_ours = event.store_id.as_ref() == Some(&self.config.store_id);
        let order = event.metadata.filter(|_| is_ours);
        let order = order.and_then(|metadata| metadata.order());
        Ok(Call {
            event: event.original_delivery_id.or(event.delivery_id),
            kind: event.kind,
            says: match (order, event.invoice_id) {
                (Some(id), Some(invoice)) => Said::Changed(Sought {
                    id,
                    external_id: Some(invoice),
                    // The event does not say it.
                    created_at: DateTime::UNIX_EPOCH,
                }),
                _ => Said::Nothing,
            },
        })
    }

    fn answer(&self, _: Verdict) -> Receipt {
        Receipt::EMPTY
    }

    /// By the order: an invoice whose making was not answered can have been paid, too.
    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError> {
        let mut found = Vec::new();
        for order in orders {
            let id = order.id.to_string();
            let path = ["stores", &self.config.store_id, "invoices"];
            let query = [("orderId", id.as_str()), ("includeArchived", "true")];
            let invoices: Vec<Box<RawValue>> = self.call(Method::GET, &path, &query, None).await?;
            for invoice in &invoices {
                found.extend(self.told(order, invoice).await?);
            }
        }
        Ok(found)
    }

    fn claim_page(&self, number: &str) -> Option<Url> {
        let mut page = self.config.url.clone();
        let mut segments = page.path_segments_mut().ok()?;
        segments.pop_if_empty().extend(["pull-payments", number]);
        drop(segments);
        Some(page)
    }

    async fn refund(&self, refund: &Refund) -> Result<Refunding, ProviderError> {
        self.give_back(refund).await
    }
}

/// A sum as BTCPay takes it: text, with all decimals of its currency.
fn amount_text(amount: Decimal, currency: &str) -> Result<String, ProviderError> {
    let minor = minor(amount, currency);
    let minor =
        minor.ok_or_else(|| failed(Kind::Rejected, "more decimals than the currency has"))?;
    Ok(whole(minor, currency).to_string())
}

/// The status, and what the server says of it.
fn why(answer: &Answer) -> String {
    let said = match serde_json::from_slice(&answer.body) {
        Ok(Problem::Of { code, message }) => format!("{code}: {message}"),
        Ok(Problem::Fields(all)) => {
            let one = |field: &Field| format!("{}: {}", field.path, field.message);
            all.iter().map(one).collect::<Vec<_>>().join("; ")
        }
        Err(_) => String::new(),
    };
    let text = format!("status {}: {said}", answer.status);
    text.chars().take(500).collect()
}

fn failed(kind: Kind, why: impl Into<String>) -> ProviderError {
    ProviderError::new(SERVICE, NAME, kind, why)
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, ProviderError> {
    http::parsed(SERVICE, NAME, body)
}
