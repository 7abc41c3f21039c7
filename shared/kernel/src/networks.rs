//! Networks in settings and in API keys, and which addresses are on this machine.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use url::Url;

/// Networks in CIDR notation; a bare address is a network of one address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// Whether one of them contains the address. An IPv4-mapped IPv6 address counts as its IPv4
    /// address.
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In CIDR notation, as stored.
    pub fn to_texts(&self) -> Vec<String> {
        self.0.iter().map(IpNet::to_string).collect()
    }
}

impl FromIterator<IpNet> for Networks {
    fn from_iter<T: IntoIterator<Item = IpNet>>(networks: T) -> Self {
        Self(networks.into_iter().collect())
    }
}

/// Reads one network: `10.0.0.0/8`, `2001:db8::/32` or `192.0.2.7`.
///
/// # Errors
/// A message for the operator.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let network = text
        .parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    network
        .map(|network| network.trunc())
        .map_err(|_| format!("{text:?} is neither a CIDR network (10.0.0.0/8) nor an IP address"))
}

/// Whether a host, by name or address, is this machine.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.to_canonical().is_loopback())
}

/// Whether what is sent to this address cannot be read on the way: https, or http on this machine.
pub fn is_https_or_loopback(url: &Url) -> bool {
    let near = url.host_str().is_some_and(is_loopback);
    url.scheme() == "https" || (url.scheme() == "http" && near)
}

impl FromStr for Networks {
    type Err = String;

    /// Parses a comma-separated list.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').filter(|part| !part.trim().is_empty());
        parts.map(network).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_parsed_and_contain_their_addresses() {
        let networks: Networks = "10.0.0.0/8, 192.0.2.7,2001:db8::/32,"
            .parse()
            .expect("networks");
        for (address, inside) in [
            ("10.255.0.1", true),
            ("11.0.0.1", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("::ffff:10.1.2.3", true),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(networks.contain(address), inside, "{address}");
        }
        assert!("10.0.0.0/33".parse::<Networks>().is_err());
        assert!("everybody".parse::<Networks>().is_err());
        assert!("".parse::<Networks>().expect("none").is_empty());
    }
}
