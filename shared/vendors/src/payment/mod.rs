//! Gateways for payments, one a provider. That of Telegram Stars is in `messenger`, with the rest of
//! Telegram.

pub mod btcpay;
pub mod cloudpayments;
pub mod comgate;
mod config;
mod elements;
mod gateway;
mod manners;
mod order;
pub mod paypal;
mod receipt;
pub(crate) mod redact;
mod saved;
mod sealed;
mod statement;
pub mod stripe;
pub mod tinkoff;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use config::{PaymentConfig, SETTINGS};
pub use elements::{Elements, Intended, KeptNow};
pub use gateway::{
    Call, Charge, Disbelief, Gateway, Happened, Headers, Incoming, Money, Notification, Opened,
    Refund, Refunding, Refusal, Said, Sought, Terms,
};
pub use manners::Manners;
pub use order::Order;
pub use receipt::{Receipt, Verdict};
pub use saved::{Kept, Renewal, Renewed, Saved};
pub use statement::{Line, Moved, Sum};

use url::Url;

use crate::{ProviderErrorKind, Service};
use kernel::error::{Error, ErrorCode};

/// The number of a refund or a dispute, which is the last word of a status: it has a digit, or is longer than any word of a
/// vendor's. `None`: the vendor gives none.
pub fn number_in(status: &str) -> Option<&str> {
    let (_, last) = status.rsplit_once(' ')?;
    let is_long = last.len() >= LONG && last.bytes().all(|c| c.is_ascii_alphanumeric());
    (is_long || last.contains(|c: char| c.is_ascii_digit())).then_some(last)
}

/// Of the numbers of BTCPay, which are 26 to 28 letters and digits, one in a hundred has letters alone.
const LONG: usize = 20;

/// The service of the gateway in errors.
pub const SERVICE: &Service = &Service::new("payment", code);

fn code(_: ProviderErrorKind) -> ErrorCode {
    crate::codes::PAYMENT_PROVIDER_ERROR
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
        if let Some(config) = &config.stripe {
            gateways.push(Arc::new(stripe::Stripe::new(config)?));
        }
        if let Some(config) = &config.paypal {
            gateways.push(Arc::new(paypal::Paypal::new(config)?));
        }
        if let Some(config) = &config.cloudpayments {
            gateways.push(Arc::new(cloudpayments::CloudPayments::new(config)?));
        }
        if let Some(config) = &config.btcpay {
            gateways.push(Arc::new(btcpay::Btcpay::new(config)?));
        }
        if let Some(config) = &config.comgate {
            gateways.push(Arc::new(comgate::Comgate::new(config)?));
        }
        let by_provider = |gateway: Arc<dyn Gateway>| (gateway.terms().provider, gateway);
        Ok(Self(gateways.into_iter().map(by_provider).collect()))
    }

    /// What each of them takes.
    pub fn terms(&self) -> impl Iterator<Item = Terms> {
        self.0.values().map(|gateway| gateway.terms())
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = &Arc<dyn Gateway>> {
        self.0.values()
    }

    /// With this one besides, or in the place of another one of its provider.
    #[must_use]
    pub fn with(mut self, gateway: Arc<dyn Gateway>) -> Self {
        self.0.insert(gateway.terms().provider, gateway);
        self
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

    /// Where the buyer claims a refund that has this number at its provider; `None`: the money comes to them by itself.
    pub fn claim_page(&self, provider: &str, number: Option<&str>) -> Option<Url> {
        self.0.get(provider)?.claim_page(number?)
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
