//! The world outside, behind small traits in our own words: one folder a kind, one file a
//! vendor. Providers touch no database, and only their [`ProviderError::kind`] decides whether
//! a call is worth another try.

pub mod ai;
mod http;
pub mod messenger;
pub mod payment;
pub mod storage;

use std::sync::Arc;

use crate::config::Config;
use crate::error::Error;
pub use crate::error::{ProviderError, ProviderErrorKind, Service};

/// One of each kind. Cheap to clone.
#[derive(Clone)]
pub struct Providers {
    pub ai: ai::Vendors,
    pub messenger: Arc<dyn messenger::Messenger>,
    pub invoices: Arc<dyn messenger::Invoices>,
    pub payment: Arc<dyn payment::Gateway>,
    pub storage: Arc<dyn storage::Storage>,
}

impl Providers {
    /// Builds those that the configuration names. Connects to nothing.
    ///
    /// # Errors
    /// `Internal` if an HTTP client cannot be built.
    pub fn new(config: &Config) -> Result<Self, Error> {
        Ok(Self {
            ai: ai::Vendors::new(&config.ai)?,
            messenger: messenger::build(&config.messenger)?,
            invoices: messenger::build_invoices(&config.messenger)?,
            payment: payment::build(&config.payment)?,
            storage: storage::build(&config.storage),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ProviderErrorKind as Kind;
    use super::*;

    fn told(service: &'static Service, kind: Kind) -> &'static str {
        ProviderError::new(service, "a vendor", kind, "why")
            .code()
            .as_str()
    }

    /// Codes of the design document, section 9.1, and ours.
    #[test]
    fn the_service_alone_decides_what_a_person_is_told() {
        for (kind, of_ai) in [
            (Kind::Transient, "E505"),
            (Kind::Interrupted, "E505"),
            (Kind::RateLimited(None), "E502"),
            (Kind::Rejected, "E505"),
            (Kind::Refused, "E504"),
            (Kind::TooLong, "E505"),
            (Kind::Auth, "E505"),
            (Kind::Protocol, "E503"),
            (Kind::Timeout, "E501"),
        ] {
            assert_eq!(told(ai::SERVICE, kind), of_ai, "{kind:?}");
            assert_eq!(told(storage::SERVICE, kind), "E903", "{kind:?}");
            assert_eq!(told(messenger::SERVICE, kind), "E904", "{kind:?}");
            assert_eq!(told(payment::SERVICE, kind), "E404", "{kind:?}");
        }
    }
}
