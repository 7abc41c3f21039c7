//! Calls of the webhooks of gateways.

use futures_util::FutureExt;
use vendors::payment::{Call, Disbelief, Gateway, Incoming};

/// What a gateway that can verify by itself makes of a call.
pub fn told(
    gateway: &dyn Gateway,
    endpoint: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> Result<Call, Disbelief> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let headers = headers.iter().map(own).collect();
    let call = Incoming {
        endpoint,
        headers: &headers,
        body,
    };
    let verified = gateway.verify(&call).now_or_never();
    verified.expect("nothing to wait for")?;
    gateway.read(endpoint, body).map_err(Disbelief::Malformed)
}
