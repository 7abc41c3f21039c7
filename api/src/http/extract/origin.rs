//! Where a request comes from, for the audit log.

use std::net::IpAddr;

use actix_web::http::header::{HeaderValue, USER_AGENT};
use actix_web::{HttpMessage, HttpRequest};
use audit::model::Origin;
use audit::queries::USER_AGENT_MAX;
use people::sessions::Client;
use sha2::{Digest, Sha256};

/// The client's address: the peer's, or that reported by a trusted proxy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub IpAddr);

/// Stored in a request: its id.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub String);

/// The address of the client.
pub(crate) fn address(request: &HttpRequest) -> Option<IpAddr> {
    let known = request.extensions().get::<ClientAddress>().copied();
    known
        .map(|address| address.0)
        .or_else(|| Some(request.peer_addr()?.ip()))
}

/// A digest of the program that sends a request, by its `User-Agent`.
pub(crate) fn client(request: &HttpRequest) -> Client {
    let agent = request.headers().get(USER_AGENT);
    let digest = Sha256::digest(agent.map_or(&b""[..], HeaderValue::as_bytes));
    let mut client = Client::default();
    client.copy_from_slice(&digest[..16]);
    client
}

/// Actor, address and program of a request.
pub(crate) fn origin(request: &HttpRequest, actor: String) -> Origin {
    let agent = request.headers().get(USER_AGENT);
    Origin {
        actor,
        address: address(request),
        user_agent: agent
            .map(|agent| String::from_utf8_lossy(agent.as_bytes()))
            // Postgres cannot store a NUL, and a header may hold anything.
            .map(|agent| {
                agent
                    .chars()
                    .filter(|c| *c != '\0')
                    .take(USER_AGENT_MAX)
                    .collect()
            }),
    }
}
