//! The guard for addresses that strangers choose: what they name must not make this machine call itself, its neighbours, or
//! the cloud that it runs in.
//!
//! The form of an address is judged when it is given ([`Internet::judge`]). What its name stands for is judged when it is
//! connected to, and the connection goes to the addresses that were judged, so that a name which stands for another address
//! a moment later gains nothing.

use std::net::SocketAddr;

use kernel::networks::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Ports below this one, but for that of https, are those of other protocols.
const FIRST_FREE_PORT: u16 = 1_024;

/// The longest address, in bytes.
pub(crate) const URL_MAX: usize = 2_048;

/// Which addresses may be connected to.
#[derive(Clone, Copy, Debug)]
pub struct Internet {
    /// Any address, by http too: where nothing is outside of this machine.
    pub is_near: bool,
}

/// A name that stands for an address which is none of the internet.
#[derive(Debug, thiserror::Error)]
#[error("its name stands for an address that is not public")]
pub(crate) struct NotPublic;

impl Internet {
    /// Whether the form of an address is good, as far as can be told without asking for its name.
    ///
    /// # Errors
    /// What is wrong, for the person who has given it.
    pub fn judge(self, url: &Url) -> Result<(), &'static str> {
        if url.as_str().len() > URL_MAX {
            return Err("must have at most 2,048 characters");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must hold no user name and no password");
        }
        if url.fragment().is_some() {
            return Err("must have no fragment");
        }
        if self.is_near && url.scheme() == "http" {
            return Ok(());
        }
        if url.scheme() != "https" {
            return Err("must begin with https://");
        }
        if self.is_near {
            return Ok(());
        }
        let port = url.port().unwrap_or(443);
        if port != 443 && port < FIRST_FREE_PORT {
            return Err("must have the port 443, or one from 1024 on");
        }
        match url.host() {
            Some(Host::Domain(name)) if is_name(name) => Ok(()),
            Some(Host::Ipv4(address)) if is_public(address.into()) => Ok(()),
            Some(Host::Ipv6(address)) if is_public(address.into()) => Ok(()),
            _ => Err("must lead to an address of the public internet"),
        }
    }

    fn admit(self, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, NotPublic> {
        // Of several addresses one that is not public is enough: which is taken is not ours to choose.
        match self.is_near || found.iter().all(|one| is_public(one.ip())) {
            true => Ok(found),
            false => Err(NotPublic),
        }
    }
}

/// Whether a name has a domain above it, which that of a machine nearby has not.
fn is_name(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    let own = ["localhost", "local", "internal", "home.arpa"];
    let is_own = |end: &&str| {
        name.strip_suffix(*end)
            .is_some_and(|rest| rest.ends_with('.'))
    };
    name.contains('.') && !own.iter().any(is_own)
}

impl Resolve for Internet {
    fn resolve(&self, name: Name) -> Resolving {
        let internet = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted = internet.admit(found.collect())?;
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: Internet = Internet { is_near: false };

    fn is_good(internet: Internet, url: &str) -> bool {
        internet.judge(&url.parse().expect("an address")).is_ok()
    }

    /// Spellings of addresses from OWASP's cheat sheet on server-side request forgery.
    #[test]
    fn an_address_is_https_public_and_without_credentials() {
        for good in [
            "https://example.com/hooks?tenant=7",
            "https://example.com:8443/",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            "https://xn--e1afmkfd.xn--p1ai/",
        ] {
            assert!(is_good(FAR, good), "{good}");
        }
        for bad in [
            "http://example.com/",
            "ftp://example.com/",
            "https://ann:secret@example.com/",
            "https://ann@example.com/",
            "https://example.com/#here",
            "https://example.com:22/",
            "https://example.com:25/",
            "https://localhost/",
            "https://localhost./",
            "https://api.localhost/",
            "https://printer.local/",
            "https://metadata.google.internal/",
            "https://postgres/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0177.0.0.1/",
            "https://0/",
            "https://10.0.0.7/",
            "https://169.254.169.254/latest/meta-data/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:169.254.169.254]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
        ] {
            assert!(!is_good(FAR, bad), "{bad}");
        }
    }

    #[test]
    fn on_one_machine_http_and_all_of_its_addresses_are_good() {
        let near = Internet { is_near: true };
        for good in [
            "http://127.0.0.1:4010/hooks",
            "http://localhost/",
            "https://10.0.0.7/",
        ] {
            assert!(is_good(near, good), "{good}");
        }
        assert!(!is_good(near, "http://ann:secret@127.0.0.1/"));
        assert!(!is_good(near, "file:///etc/passwd"));
    }

    #[test]
    fn a_name_of_which_one_address_is_not_public_is_not_connected_to() {
        let addresses = |all: &[&str]| -> Vec<SocketAddr> {
            all.iter()
                .map(|one| one.parse().expect("an address"))
                .collect()
        };
        assert!(
            FAR.admit(addresses(&["8.8.8.8:0", "[2606:4700::1111]:0"]))
                .is_ok()
        );
        assert!(FAR.admit(addresses(&["8.8.8.8:0", "127.0.0.1:0"])).is_err());
        assert!(FAR.admit(addresses(&["[::ffff:10.0.0.1]:0"])).is_err());
    }
}
