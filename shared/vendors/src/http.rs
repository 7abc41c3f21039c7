//! What an error of the HTTP client means, for all vendors that are called through it.

use reqwest::StatusCode;

use super::{ProviderError, ProviderErrorKind as Kind, Service};

/// The failure of a call. The address is left out: it may hold a token.
pub(crate) fn failed(
    service: &'static Service,
    vendor: &'static str,
    why: reqwest::Error,
) -> ProviderError {
    let kind = kind(&why);
    let why = why.without_url();
    ProviderError::new(service, vendor, kind, kernel::telemetry::chain(&why))
}

fn kind(why: &reqwest::Error) -> Kind {
    if why.status().is_some_and(is_refusal) {
        Kind::Rejected
    } else if why.is_timeout() && !why.is_connect() {
        Kind::Timeout
    } else if why.is_redirect() {
        Kind::Protocol
    } else if why.is_connect() || why.is_builder() || why.is_status() {
        Kind::Transient
    } else {
        // Also `is_decode`: reqwest's error for a body that breaks off.
        Kind::Interrupted
    }
}

fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error()
        && status != StatusCode::TOO_MANY_REQUESTS
        && status != StatusCode::REQUEST_TIMEOUT
}
