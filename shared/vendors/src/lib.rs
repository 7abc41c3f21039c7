//! Services outside, behind small traits in domain types of their own: one folder a kind, one file a
//! vendor. Vendors know no feature and touch no database. Only [`ProviderError::kind`] decides whether
//! a call is worth another try, and only [`ProviderError::service`] chooses the message for the person.

pub mod ai;
pub mod broker;
pub mod codes;
mod http;
mod internet;
pub mod mailer;
pub mod messenger;
pub mod passwords;
pub mod payment;
pub mod product_analytics;
pub mod standard_webhooks;
pub mod storage;
pub mod webhook;
pub mod workflow;

pub use kernel::error::{ProviderError, ProviderErrorKind, Service};

#[cfg(test)]
mod tests {
    use super::ProviderErrorKind as Kind;
    use super::*;

    fn code_of(service: &'static Service, kind: Kind) -> &'static str {
        ProviderError::new(service, "a vendor", kind, "why")
            .code()
            .as_str()
    }

    /// Codes of the design document, section 9.1, and ours.
    #[test]
    fn the_service_alone_chooses_the_code_for_the_person() {
        for (kind, of_ai) in [
            (Kind::Transient, "E505"),
            (Kind::Interrupted, "E505"),
            (Kind::RateLimited(None), "E502"),
            (Kind::Rejected, "E505"),
            (Kind::Refused, "E504"),
            (Kind::TooLong, "E505"),
            (Kind::Auth, "E505"),
            (Kind::Withdrawn, "E505"),
            (Kind::RecipientGone, "E505"),
            (Kind::Protocol, "E503"),
            (Kind::Timeout, "E501"),
        ] {
            assert_eq!(code_of(ai::SERVICE, kind), of_ai, "{kind:?}");
            assert_eq!(code_of(storage::SERVICE, kind), "E903", "{kind:?}");
            let of_messenger = match kind {
                Kind::RecipientGone => "E906",
                _ => "E904",
            };
            assert_eq!(code_of(messenger::SERVICE, kind), of_messenger, "{kind:?}");
            assert_eq!(code_of(payment::SERVICE, kind), "E404", "{kind:?}");
        }
    }
}
