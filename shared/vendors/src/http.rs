//! The HTTP client of all vendors, and what its errors mean.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Request, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::internet::Internet;
use super::{ProviderError, ProviderErrorKind as Kind, Service};
use kernel::error::Error;
use kernel::telemetry;
use kernel::telemetry::traces::{self, Span};
use kernel::text::storable_json;

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
    builder(timeout).build().map_err(unbuilt)
}

fn builder(timeout: Option<Duration>) -> ClientBuilder {
    let builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::none())
        .referer(false);
    match timeout {
        Some(timeout) => builder.timeout(timeout),
        None => builder,
    }
}

fn unbuilt(why: reqwest::Error) -> Error {
    Error::internal(format!("the HTTP client of the vendors: {why}"))
}

/// An HTTP client for addresses that strangers choose. It connects to addresses of the internet alone
/// ([`Internet`]), and asks no proxy, which would connect in its place.
///
/// # Errors
/// `Internal` if it cannot be built.
pub(crate) fn guarded_client(timeout: Duration, internet: Internet) -> Result<Client, Error> {
    let builder = builder(Some(timeout)).no_proxy();
    let built = builder.dns_resolver(Arc::new(internet)).build();
    built.map_err(unbuilt)
}

/// An answer, whatever its status.
pub(crate) struct Answer {
    pub status: u16,
    /// How long the vendor wants to be left alone (`Retry-After`, in seconds).
    pub retry_after: Option<Duration>,
    pub body: Bytes,
}

/// Sends a call of a vendor, and tells the vendor of the trace that it belongs to.
///
/// # Errors
/// No answer came.
pub(crate) async fn send(vendor: &'static str, call: RequestBuilder) -> reqwest::Result<Response> {
    let (client, request) = call.build_split();
    let mut request = request?;
    let span = span(vendor, &request);
    if let Some(parent) = span.parent().and_then(|parent| parent.try_into().ok()) {
        request.headers_mut().insert(traces::HEADER, parent);
    }
    execute(vendor, (client, request), span).await
}

/// Sends a call to an address that a stranger has chosen (see [`guarded_client`]), who is told of no trace.
///
/// # Errors
/// No answer came.
pub(crate) async fn send_to_stranger(
    vendor: &'static str,
    call: RequestBuilder,
) -> reqwest::Result<Response> {
    let (client, request) = call.build_split();
    let request = request?;
    let span = span(vendor, &request);
    execute(vendor, (client, request), span).await
}

fn span(vendor: &'static str, request: &Request) -> Span {
    Span::of_call(vendor, request.method().as_str(), request.url().host_str())
}

/// Every call goes through here: it is a span of the trace that it belongs to, and is remembered for a report to Sentry.
async fn execute(
    vendor: &'static str,
    (client, request): (Client, Request),
    span: Span,
) -> reqwest::Result<Response> {
    let method = request.method().clone();
    let answered = client.execute(request).await;
    let status = answered.as_ref().map(|answer| answer.status().as_u16());
    match status {
        Ok(status) => span.answered(status, status >= 400),
        Err(_) => span.failed(),
    }
    telemetry::called(vendor, method.as_str(), status.unwrap_or_default());
    answered
}

/// Sends a call, and reads the whole answer.
///
/// # Errors
/// None came.
pub(crate) async fn answer(
    service: &'static Service,
    vendor: &'static str,
    call: RequestBuilder,
) -> Result<Answer, ProviderError> {
    let failed = |why| failed(service, vendor, why);
    let response = send(vendor, call).await.map_err(failed)?;
    let retry_after = response.headers().get(RETRY_AFTER);
    let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Ok(Answer {
        status: response.status().as_u16(),
        retry_after: retry_after.map(Duration::from_secs),
        body: response.bytes().await.map_err(failed)?,
    })
}

/// The same, of an answer that may be this long: what is longer is not read to its end.
///
/// # Errors
/// None came, or a longer one (`Protocol`).
pub(crate) async fn small_answer(
    service: &'static Service,
    vendor: &'static str,
    call: RequestBuilder,
    most: usize,
) -> Result<Answer, ProviderError> {
    let failed = |why| failed(service, vendor, why);
    let mut response = send(vendor, call).await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > most {
            let why = format!("an answer of more than {most} bytes");
            return Err(ProviderError::new(service, vendor, Kind::Protocol, why));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status: response.status().as_u16(),
        retry_after: None,
        body: body.into(),
    })
}

impl Answer {
    /// The body of a success.
    ///
    /// # Errors
    /// What the status means.
    pub(crate) fn success(
        self,
        service: &'static Service,
        vendor: &'static str,
    ) -> Result<Bytes, ProviderError> {
        match self.failure() {
            None => Ok(self.body),
            Some(kind) => {
                let why = format!("status {}", self.status);
                Err(ProviderError::new(service, vendor, kind, why))
            }
        }
    }

    /// What the status means; `None`: a success.
    pub(crate) fn failure(&self) -> Option<Kind> {
        match self.status {
            200..=299 => None,
            429 => Some(Kind::RateLimited(self.retry_after)),
            401 | 403 => Some(Kind::Auth),
            408 => Some(Kind::Timeout),
            400..=499 => Some(Kind::Rejected),
            500.. => Some(Kind::Transient),
            _ => Some(Kind::Protocol),
        }
    }
}

/// The JSON of an answer, without what Postgres cannot store.
///
/// # Errors
/// `Protocol`, with the place where it is not as expected, and not with its text.
pub(crate) fn parsed<T: DeserializeOwned>(
    service: &'static Service,
    vendor: &'static str,
    body: &[u8],
) -> Result<T, ProviderError> {
    serde_json::from_slice(&storable_json(body)).map_err(|why| {
        let place = format!("line {}, column {}", why.line(), why.column());
        let why = format!("not the JSON we expect, {place}");
        ProviderError::new(service, vendor, Kind::Protocol, why)
    })
}

/// The failure of a call. The address is left out: it may hold a token.
pub(crate) fn failed(
    service: &'static Service,
    vendor: &'static str,
    why: reqwest::Error,
) -> ProviderError {
    let kind = kind(&why);
    let why = why.without_url();
    ProviderError::new(service, vendor, kind, telemetry::chain(&why))
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
