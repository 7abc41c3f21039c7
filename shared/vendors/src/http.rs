//! The HTTP client of all vendors, and what its errors mean.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};

use super::{ProviderError, ProviderErrorKind as Kind, Service};
use kernel::error::Error;

/// What vendors see of us.
const USER_AGENT: &str = concat!("symancy/", env!("CARGO_PKG_VERSION"));

/// For the connection alone.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// An HTTP client for a vendor. `timeout` is for a whole call; `None` where each call brings a
/// deadline of its own.
///
/// It follows no redirect and sends no `Referer`: addresses, headers and bodies hold credentials, and
/// the one of the Bot API is in the path. That an address is https, or on this machine, is checked
/// where it is read ([`kernel::env::Env::url`]).
///
/// # Errors
/// `Internal` if it cannot be built.
pub(crate) fn client(timeout: Option<Duration>) -> Result<Client, Error> {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::none())
        .referer(false);
    if let Some(timeout) = timeout {
        builder = builder.timeout(timeout);
    }
    builder
        .build()
        .map_err(|why| Error::internal(format!("the HTTP client of the vendors: {why}")))
}

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
