//! Reads `OLLAMA_HOST`, by which Ollama itself and its own client are told where it is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// The port on which Ollama listens if nothing else is said.
const OLLAMA_PORT: u16 = 11_434;

/// The address, as Ollama's own client finds it (`ConnectableHost` in its envconfig/config.go):
/// scheme, host and port may each be missing, and an address to listen on is one to connect to.
pub(super) fn url(text: &str) -> Result<String, String> {
    let text = text.trim_matches([' ', '"', '\'']);
    let (scheme, place) = match text.split_once("://") {
        Some((scheme, place)) => (Some(scheme), place),
        None if text == "ollama.com" => (Some("https"), text),
        None => (None, text),
    };
    let place = match place.parse::<Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) if place.starts_with(':') => format!("{}{place}", Ipv4Addr::LOCALHOST),
        Err(_) => place.to_owned(),
    };
    let text = format!("{}://{place}", scheme.unwrap_or("http"));
    let mut url = Url::parse(&text).map_err(|why| why.to_string())?;
    if scheme.is_none() && !names_a_port(&place) {
        let _ = url.set_port(Some(OLLAMA_PORT));
    }
    let loopback: Option<IpAddr> = match url.host() {
        Some(Host::Ipv4(address)) if address.is_unspecified() => Some(Ipv4Addr::LOCALHOST.into()),
        Some(Host::Ipv6(address)) if address.is_unspecified() => Some(Ipv6Addr::LOCALHOST.into()),
        _ => None,
    };
    if let Some(address) = loopback {
        let _ = url.set_ip_host(address);
    }
    Ok(url.into())
}

/// Whether a port stands behind the host. [`Url::port`] does not tell 80 from none.
fn names_a_port(place: &str) -> bool {
    let host = place.split('/').next().unwrap_or_default();
    host.rsplit(']').next().is_some_and(|end| end.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases of `TestHost` and `TestConnectableHost` in Ollama's envconfig/config_test.go, but for
    /// ports that do not exist: there Ollama takes its own, and here they are a fault.
    #[test]
    fn the_host_of_ollama_is_read_as_ollama_reads_it() {
        for (host, expected) in [
            ("1.2.3.4", "http://1.2.3.4:11434"),
            (":1234", "http://127.0.0.1:1234"),
            ("1.2.3.4:1234", "http://1.2.3.4:1234"),
            ("1.2.3.4:80", "http://1.2.3.4:80"),
            ("example.com", "http://example.com:11434"),
            ("example.com:1234", "http://example.com:1234"),
            ("[::1]", "http://[::1]:11434"),
            ("[::]", "http://[::1]:11434"),
            ("::1", "http://[::1]:11434"),
            ("[::1]:1337", "http://[::1]:1337"),
            (" \" 1.2.3.4 \" ", "http://1.2.3.4:11434"),
            ("'1.2.3.4'", "http://1.2.3.4:11434"),
            ("http://1.2.3.4", "http://1.2.3.4:80"),
            ("http://1.2.3.4:4321", "http://1.2.3.4:4321"),
            ("https://1.2.3.4", "https://1.2.3.4:443"),
            (
                "https://example.com/ollama",
                "https://example.com:443/ollama",
            ),
            ("ollama.com", "https://ollama.com:443"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:1234", "http://127.0.0.1:1234"),
            ("[::]:1234", "http://[::1]:1234"),
        ] {
            let read = url(host).map(|read| read.parse::<Url>());
            assert_eq!(read, Ok(expected.parse()), "{host}");
        }
        assert!(url(":66000").is_err());
    }
}
