//! Networks in settings and in API keys, which addresses are on this machine, and which are on the internet.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;
use std::sync::LazyLock;

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

/// What no address of the internet is in, by IANA's registries of special-purpose addresses (RFC 6890), besides multicast,
/// and the address at which machines of Azure reach their host.
const SPECIAL: [&str; 20] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    // Protocols (Teredo, ORCHID, AS112), documentation, and 6to4, which carries any IPv4 address.
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
];

static SPECIAL_NETWORKS: LazyLock<Networks> = LazyLock::new(|| {
    SPECIAL
        .iter()
        .filter_map(|text| network(text).ok())
        .collect()
});

/// Whether an address is one of the internet: neither of this machine, nor of a network of its own, nor of a cloud that tells
/// its machines secrets. An IPv6 address that carries an IPv4 address (mapped, or by NAT64) counts as that one.
pub fn is_public(address: IpAddr) -> bool {
    let address = match address.to_canonical() {
        IpAddr::V6(address) => behind_nat64(address).unwrap_or(IpAddr::V6(address)),
        address @ IpAddr::V4(_) => address,
    };
    // Of IPv6 this much is given out as yet.
    let is_given_out = match address {
        IpAddr::V6(address) => address.segments()[0] & 0xe000 == 0x2000,
        IpAddr::V4(_) => true,
    };
    is_given_out && !SPECIAL_NETWORKS.contain(address)
}

/// The IPv4 address behind one of the well-known prefix of NAT64 (RFC 6052).
fn behind_nat64(address: Ipv6Addr) -> Option<IpAddr> {
    let [a, b, 0, 0, 0, 0, high, low] = address.segments() else {
        return None;
    };
    let bytes = [high.to_be_bytes(), low.to_be_bytes()];
    let [[a4, b4], [c4, d4]] = bytes;
    (a == 0x64 && b == 0xff9b).then(|| IpAddr::from([a4, b4, c4, d4]))
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

    /// The first and the last address of each range, and those beside them.
    #[test]
    fn an_address_of_the_internet_is_none_of_a_special_range() {
        assert_eq!(SPECIAL_NETWORKS.0.len(), SPECIAL.len());
        for (text, public) in [
            ("0.0.0.0", false),
            ("0.255.255.255", false),
            ("1.0.0.0", true),
            ("9.255.255.255", true),
            ("10.0.0.0", false),
            ("10.255.255.255", false),
            ("11.0.0.0", true),
            ("100.63.255.255", true),
            ("100.64.0.0", false),
            ("100.100.100.200", false),
            ("100.127.255.255", false),
            ("100.128.0.0", true),
            ("126.255.255.255", true),
            ("127.0.0.1", false),
            ("127.255.255.255", false),
            ("128.0.0.0", true),
            ("168.63.129.16", false),
            ("168.63.129.17", true),
            ("169.253.255.255", true),
            ("169.254.0.0", false),
            ("169.254.169.254", false),
            ("169.254.255.255", false),
            ("169.255.0.0", true),
            ("172.15.255.255", true),
            ("172.16.0.0", false),
            ("172.31.255.255", false),
            ("172.32.0.0", true),
            ("192.0.0.0", false),
            ("192.0.0.255", false),
            ("192.0.1.0", true),
            ("192.0.2.1", false),
            ("192.0.3.0", true),
            ("192.88.99.1", false),
            ("192.88.100.0", true),
            ("192.167.255.255", true),
            ("192.168.0.0", false),
            ("192.168.255.255", false),
            ("192.169.0.0", true),
            ("198.17.255.255", true),
            ("198.18.0.0", false),
            ("198.19.255.255", false),
            ("198.20.0.0", true),
            ("198.51.100.7", false),
            ("203.0.113.7", false),
            ("223.255.255.255", true),
            ("224.0.0.1", false),
            ("239.255.255.255", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("8.8.8.8", true),
            ("::", false),
            ("::1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:169.254.169.254", false),
            ("::ffff:8.8.8.8", true),
            ("::127.0.0.1", false),
            ("64:ff9b::10.0.0.1", false),
            ("64:ff9b::169.254.169.254", false),
            ("64:ff9b::8.8.8.8", true),
            ("64:ff9b:1::8.8.8.8", false),
            ("100::1", false),
            ("2000::1", true),
            ("2001::1", false),
            ("2001:0:53aa:64c::1", false),
            ("2001:1ff:ffff::1", false),
            ("2001:200::1", true),
            ("2001:4860:4860::8888", true),
            ("2001:db8::1", false),
            ("2002:7f00:1::1", false),
            ("2606:4700::1111", true),
            ("3fff::1", false),
            ("3fff:fff:ffff::1", false),
            ("3fff:1000::1", true),
            ("4000::1", false),
            ("5f00::1", false),
            ("fc00::1", false),
            ("fd00:ec2::254", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ] {
            let address = text.parse().expect("an address");
            assert_eq!(is_public(address), public, "{text}");
        }
    }
}
