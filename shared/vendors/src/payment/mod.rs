//! Gateways for payments, one a provider. That of Telegram Stars is in `messenger`, with the rest of
//! Telegram.

mod config;
pub(crate) mod redact;
pub mod tinkoff;
mod tinkoff_token;
mod tinkoff_words;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use url::Url;
use uuid::Uuid;

pub use config::{PaymentConfig, SETTINGS, TinkoffConfig};

use crate::{ProviderError, ProviderErrorKind, Service};
use kernel::Language;
use kernel::error::{Error, ErrorCode};

/// The service of the gateway in errors.
pub const SERVICE: &Service = &Service::new("payment", code);

fn code(_: ProviderErrorKind) -> ErrorCode {
    crate::codes::PAYMENT_PROVIDER_ERROR
}

/// A gateway: a place to pay at, and a webhook.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// Its names, its currency and its manners.
    fn terms(&self) -> Terms;

    /// Opens a place to pay at. Moves no money; asked twice, there are two of the same order.
    async fn init(&self, order: &Order) -> Result<Opened, ProviderError>;

    /// Reads a call of the webhook, and verifies that the vendor sent it.
    ///
    /// # Errors
    /// Why it is rejected.
    fn parse_notification(
        &self,
        headers: Headers<'_>,
        body: &[u8],
    ) -> Result<Notification, Disbelief>;

    /// Asks what became of orders of ours, at most [`Terms::looked_up_at_once`] of them. The answer is in the form of
    /// notifications: what is not there was not paid.
    async fn look_up(&self, orders: &[Sought]) -> Result<Vec<Notification>, ProviderError>;
}

/// A header by its name in lower case; `None`: not sent, or not ASCII.
pub type Headers<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

/// What never changes of a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The provider as requests and rows spell it (`payments.provider`).
    pub provider: &'static str,
    /// The vendor, as the path of the webhook and errors spell it.
    pub vendor: &'static str,
    /// ISO 4217, or `XTR` for Telegram Stars.
    pub currency: &'static str,
    /// The body of the answer to a notification that the vendor takes for a receipt.
    pub receipt: &'static str,
    /// How many orders one question is about.
    pub looked_up_at_once: usize,
}

/// An order that a vendor is asked about.
#[derive(Clone, Debug)]
pub struct Sought {
    /// The id of our payment.
    pub id: Uuid,
    /// The vendor's number of it, if we know it.
    pub external_id: Option<String>,
    /// Nothing happened to it before.
    pub created_at: DateTime<Utc>,
}

/// What is to be paid.
#[derive(Clone, Debug)]
pub struct Order {
    /// The id of our payment; the vendor sends it back.
    pub id: Uuid,
    /// In whole units of the gateway's currency.
    pub amount: Decimal,
    /// What is sold, in 1 to 32 characters.
    pub title: String,
    /// Shown to the buyer; 1 to 255 characters.
    pub description: String,
    pub language: Language,
    /// Where the page sends the buyer afterwards.
    pub return_url: Option<Url>,
}

/// A page, or an invoice, that waits for money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub url: Url,
    /// The vendor's number of the payment, if it has one before the money comes.
    pub external_id: Option<String>,
}

/// A vendor's notification of a charge, in a form of our own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The order as the vendor names it: the id of a payment, if the order is ours.
    pub order_id: String,
    /// The vendor's number of the charge.
    pub external_id: String,
    /// The vendor's own status.
    pub status: String,
    pub happened: Happened,
    /// In whole units of the currency: roubles, Stars.
    pub amount: Decimal,
    pub currency: String,
    /// The Telegram id of the person who paid, if the vendor says it.
    pub payer: Option<i64>,
    /// Why it was refused, if the person can do something about it.
    pub refusal: Option<Refusal>,
    /// As the vendor said it, without what is about a card or a person.
    pub words: Value,
}

/// Why a payment was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    InsufficientFunds,
    CardExpired,
    /// By 3-D Secure the person did not show that the card is theirs.
    NotConfirmed,
    /// The bank that has issued the card refuses, for another reason.
    ByIssuer,
}

/// What happened to a charge, as far as it matters to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Nothing yet: it waits for the person.
    Open,
    /// The money is reserved, or on its way.
    Underway,
    /// The money has come.
    Paid,
    /// The vendor refused it. The person may try again on the same page.
    Refused,
    /// The charge ended without a payment, and can no longer be paid.
    Abandoned,
    /// All of the money went back.
    Returned,
    /// A part of the money went back.
    PartlyReturned,
}

impl Happened {
    /// The spelling in `payment_reports`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Underway => "underway",
            Self::Paid => "paid",
            Self::Refused => "refused",
            Self::Abandoned => "abandoned",
            Self::Returned => "returned",
            Self::PartlyReturned => "partly_returned",
        }
    }
}

/// Why a call of a webhook is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disbelief {
    /// Not of the form that the vendor documents.
    Malformed(&'static str),
    /// The proof that it comes from the vendor is wrong, or cannot be checked.
    Forged,
}

/// The gateways that are configured, by provider. Cheap to clone.
#[derive(Clone)]
pub struct Gateways(BTreeMap<&'static str, Arc<dyn Gateway>>);

impl Gateways {
    /// The messenger's own gateway, and those that the configuration has credentials for.
    ///
    /// # Errors
    /// `Internal` if an HTTP client cannot be built.
    pub fn new(config: &PaymentConfig, messenger: Arc<dyn Gateway>) -> Result<Self, Error> {
        let mut gateways = vec![messenger];
        if let Some(config) = &config.tinkoff {
            gateways.push(Arc::new(tinkoff::Tinkoff::new(config)?));
        }
        let by_provider = |gateway: Arc<dyn Gateway>| (gateway.terms().provider, gateway);
        Ok(Self(gateways.into_iter().map(by_provider).collect()))
    }

    /// The gateway of a provider.
    ///
    /// # Errors
    /// E404 (400) if it is not configured.
    pub fn get(&self, provider: &str) -> Result<Arc<dyn Gateway>, Error> {
        self.0.get(provider).cloned().ok_or_else(|| Error::Invalid {
            code: crate::codes::PAYMENT_PROVIDER_ERROR,
            field: "provider",
            why: "this payment provider is not available here".to_owned(),
        })
    }

    /// The gateway whose webhook is called.
    ///
    /// # Errors
    /// `Unauthenticated` if the vendor is not configured: nothing of it can be verified.
    pub fn of_webhook(&self, vendor: &str) -> Result<Arc<dyn Gateway>, Error> {
        let mut gateways = self.0.values();
        gateways
            .find(|gateway| gateway.terms().vendor == vendor)
            .cloned()
            .ok_or(Error::Unauthenticated(kernel::codes::INVALID_TOKEN))
    }
}
