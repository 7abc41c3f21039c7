//! The client's address of a request. It is that of the peer, unless the peer is a trusted proxy
//! (`TRUSTED_PROXIES`): then `X-Forwarded-For` is read from its end, where the trusted proxies write, up
//! to the first other address. The client may have forged what stands before that.

use std::net::{IpAddr, SocketAddr};
use std::sync::Once;

use actix_web::dev::ServiceRequest;
use kernel::networks::Networks;

use crate::http::extract::origin::ClientAddress;

/// The address of the client; none for a socket that has none.
pub(super) fn of(request: &ServiceRequest, trusted: &Networks) -> Option<ClientAddress> {
    let peer = request.peer_addr()?.ip().to_canonical();
    if !trusted.contain(peer) {
        if request.headers().contains_key("x-forwarded-for") {
            warn_once(peer);
        }
        return Some(ClientAddress(peer));
    }
    let lines = request.headers().get_all("x-forwarded-for");
    let lines: Vec<&str> = lines.map(|line| line.to_str().unwrap_or("?")).collect();
    Some(ClientAddress(walk(peer, &lines, trusted)))
}

/// A client may send the header itself, so it is no fault. But behind a proxy that is not named all
/// clients count as one, and their limits and the networks of keys mean nothing.
fn warn_once(peer: IpAddr) {
    static WARNED: Once = Once::new();
    WARNED.call_once(|| {
        tracing::warn!(%peer, "X-Forwarded-For of a peer that TRUSTED_PROXIES does not name is ignored; \
            if it is our proxy, all its clients count as one address");
    });
}

fn walk(peer: IpAddr, lines: &[&str], trusted: &Networks) -> IpAddr {
    let mut address = peer;
    let hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    for hop in hops {
        if !trusted.contain(address) {
            break;
        }
        match parse(hop.trim()) {
            Some(before) => address = before,
            None => break,
        }
    }
    address
}

/// An address; some proxies write the port too.
fn parse(hop: &str) -> Option<IpAddr> {
    let address = hop.parse::<IpAddr>().ok();
    let address = address.or_else(|| Some(hop.parse::<SocketAddr>().ok()?.ip()));
    Some(address?.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_own_proxies_wrote_is_believed() {
        let trusted: Networks = "10.0.0.0/8,2001:db8::/32".parse().expect("networks");
        for (peer, lines, client) in [
            // No proxy.
            ("192.0.2.1", vec![], "192.0.2.1"),
            // A client that claims another address.
            ("192.0.2.1", vec!["198.51.100.7"], "192.0.2.1"),
            ("192.0.2.1", vec!["10.0.0.1"], "192.0.2.1"),
            // Through one proxy, and through two.
            ("10.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec!["198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ("10.0.0.1", vec!["198.51.100.7", "10.0.0.2"], "198.51.100.7"),
            // What the client wrote itself stands before it.
            ("10.0.0.1", vec!["127.0.0.1, 198.51.100.7"], "198.51.100.7"),
            (
                "10.0.0.1",
                vec!["127.0.0.1", "198.51.100.7,10.9.9.9"],
                "198.51.100.7",
            ),
            // All of them are trusted proxies: the farthest one.
            ("10.0.0.1", vec!["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            // A malformed entry ends the walk.
            (
                "10.0.0.1",
                vec!["198.51.100.7, unknown, 10.0.0.2"],
                "10.0.0.2",
            ),
            ("10.0.0.1", vec![""], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.7,"], "10.0.0.1"),
            // With ports, in IPv6, and IPv4 mapped to IPv6.
            ("10.0.0.1", vec!["198.51.100.7:4711"], "198.51.100.7"),
            ("2001:db8::1", vec!["[2001:db9::7]:4711"], "2001:db9::7"),
            (
                "::ffff:10.0.0.1",
                vec!["::ffff:198.51.100.7"],
                "198.51.100.7",
            ),
        ] {
            let of = |text: &str| text.parse::<IpAddr>().expect("an address");
            let found = walk(of(peer), &lines, &trusted);
            assert_eq!(found, of(client), "{peer} {lines:?}");
        }
    }
}
