//! Gateways for payments in roubles. Telegram Stars are the messenger's own: see `messenger::Invoices`.

mod config;
pub mod tinkoff;

use std::sync::Arc;

use async_trait::async_trait;
use rust_decimal::Decimal;
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

/// A gateway: a payment page and a webhook.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// Whether it is configured.
    fn is_available(&self) -> bool;

    /// Opens a payment page. Moves no money; asked twice, there are two pages of the same order.
    async fn init(&self, order: &Order) -> Result<Opened, ProviderError>;

    /// Reads a call of the webhook, and verifies that the vendor sent it.
    ///
    /// # Errors
    /// Why it is rejected.
    fn parse_notification(&self, body: &[u8]) -> Result<Notification, Disbelief>;
}

/// What is to be paid.
#[derive(Clone, Debug)]
pub struct Order {
    /// The id of our payment; the vendor sends it back.
    pub id: Uuid,
    /// In roubles.
    pub amount: Decimal,
    /// Shown to the buyer.
    pub description: String,
    pub language: Language,
    /// Where the page sends the buyer afterwards.
    pub return_url: Option<Url>,
}

/// A page that waits for money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub url: Url,
    /// The vendor's number of the payment.
    pub external_id: String,
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
}

/// What happened to a charge, as far as it matters to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happened {
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

/// Why a call of a webhook is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disbelief {
    /// Not of the form that the vendor documents.
    Malformed(&'static str),
    /// The proof that it comes from the vendor is wrong, or cannot be checked.
    Forged,
}

/// No gateway is configured.
struct Disabled;

#[async_trait]
impl Gateway for Disabled {
    fn is_available(&self) -> bool {
        false
    }

    async fn init(&self, _: &Order) -> Result<Opened, ProviderError> {
        let (kind, why) = (
            ProviderErrorKind::Rejected,
            "no payment gateway is configured",
        );
        Err(ProviderError::new(SERVICE, tinkoff::NAME, kind, why))
    }

    fn parse_notification(&self, _: &[u8]) -> Result<Notification, Disbelief> {
        Err(Disbelief::Forged)
    }
}

/// The gateway that the configuration names.
///
/// # Errors
/// `Internal` if its HTTP client cannot be built.
pub fn build(config: &PaymentConfig) -> Result<Arc<dyn Gateway>, Error> {
    Ok(match config {
        PaymentConfig::Tinkoff(config) => Arc::new(tinkoff::Tinkoff::new(config)?),
        PaymentConfig::Disabled => Arc::new(Disabled),
    })
}
