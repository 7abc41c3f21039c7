//! Where Redis is.

mod connection;

use std::net::Ipv6Addr;

use redis::TlsCertificates;
use url::Url;

use crate::env::{Env, Section, Setting, Spelling};
use crate::error::Error;
use crate::networks::is_loopback;
use crate::tls::{Roots, Terms};

pub use connection::Connection;

const URL: Setting = Setting::required(
    "REDIS_URL",
    "redis://default:password@127.0.0.1:6379",
    "Address of Redis; rediss:// is over TLS.",
)
.secret()
.also(&[Spelling::converted(
    "REDIS_HOST",
    "a host alone",
    url_of_host,
)]);
const PORT: Setting = Setting::optional(
    "REDIS_PORT",
    "6379",
    "The port, for an address that names none. Not set: 6379.",
);
const PASSWORD: Setting = Setting::optional(
    "REDIS_PASSWORD",
    "password",
    "The password, for an address that names none. Not set: no password.",
)
.secret();
const PREFIX: Setting = Setting::new(
    "REDIS_PREFIX",
    "symancy",
    "In front of every key, so that several deployments can share a server.",
);

const NODES: Setting = Setting::optional(
    "REDIS_CLUSTER_NODES",
    "127.0.0.1:7001,127.0.0.1:7002",
    "The other masters of a Redis Cluster, as host:port, with the user, the password and the TLS of REDIS_URL, which is \
     one of them. Not set: REDIS_URL is a Redis alone.",
);

pub const SETTINGS: Section = Section {
    title: "Redis",
    settings: &[URL, PORT, PASSWORD, PREFIX, NODES],
};

/// The address of Redis, and the prefix of our keys.
#[derive(Clone)]
pub struct RedisConfig {
    /// `redis://user:password@host:port/database`
    pub url: String,
    /// Put before every key, so that several deployments (or tests) can share a server.
    pub prefix: String,
    /// Whom to trust over TLS (`rediss://`).
    pub roots: Roots,
    /// The addresses of the other masters of a cluster; none: it is a Redis alone.
    pub nodes: Vec<String>,
}

impl std::fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Redis({})", self.prefix)
    }
}

impl RedisConfig {
    /// Reads these settings; faults are collected in `env`.
    pub fn read(env: &mut Env<'_>) -> Self {
        let url = env.required(&URL);
        let (port, password) = (env.parsed(&PORT), env.optional(&PASSWORD));
        let url = completed(url, port, password.as_deref());
        let terms = Terms::read(env);
        let named = env.optional(&NODES);
        let mut nodes = Vec::new();
        if let Ok(address) = Url::parse(&url) {
            check(env, &URL, &address, &terms);
            if named.is_some() && !matches!(address.path(), "" | "/" | "/0") {
                env.fault(
                    &NODES,
                    "a cluster has database 0 alone: REDIS_URL must name no other",
                );
            }
            for node in named.iter().flat_map(|all| all.split(',')) {
                match beside(&address, node.trim()) {
                    Some(node) => {
                        check(env, &NODES, &node, &terms);
                        nodes.push(node.into());
                    }
                    None => env.fault(&NODES, "it must be host:port, and commas between them"),
                }
            }
        }
        Self {
            url,
            prefix: env.value(&PREFIX),
            roots: terms.roots,
            nodes,
        }
    }

    /// Whether it is a cluster.
    pub fn is_cluster(&self) -> bool {
        !self.nodes.is_empty()
    }

    fn urls(&self) -> impl Iterator<Item = &str> {
        [&self.url]
            .into_iter()
            .chain(&self.nodes)
            .map(String::as_str)
    }

    /// A client of the first server; it connects on first use.
    ///
    /// # Errors
    /// `Internal` for an invalid address.
    pub fn client(&self) -> Result<redis::Client, Error> {
        self.client_of(&self.url)
    }

    fn client_of(&self, address: &str) -> Result<redis::Client, Error> {
        let client = match address.starts_with("rediss:") {
            true => redis::Client::build_with_tls(address, self.trusted()),
            false => redis::Client::open(address),
        };
        client.map_err(|why| Error::internal(format!("REDIS_URL: {why}")))
    }

    /// Without certificates of one's own the client takes Mozilla's list.
    fn trusted(&self) -> TlsCertificates {
        TlsCertificates {
            client_tls: None,
            root_cert: self.roots.pem().map(<[u8]>::to_vec),
        }
    }
}

/// Over a network it is `rediss://`, with a certificate that is checked.
fn check(env: &mut Env<'_>, setting: &Setting, url: &Url, terms: &Terms) {
    let is_socket = matches!(url.scheme(), "redis+unix" | "unix");
    let is_local = is_socket || url.host_str().is_some_and(is_loopback);
    let is_encrypted = url.scheme() == "rediss";
    env.leads(setting, is_local);
    terms.demand(
        env,
        setting,
        is_local || is_encrypted,
        "make REDIS_URL rediss://",
    );
    if is_encrypted && url.fragment().is_some() {
        env.fault(
            setting,
            "the certificate of Redis is always checked; leave out what follows #",
        );
    }
}

fn url_of_host(host: &str) -> Result<String, String> {
    match host.parse::<Ipv6Addr>() {
        Ok(address) => Ok(format!("redis://[{address}]")),
        Err(_) => Ok(format!("redis://{host}")),
    }
}

/// The same address at another host and port.
fn beside(address: &Url, node: &str) -> Option<Url> {
    let (host, port) = node.rsplit_once(':')?;
    let mut url = address.clone();
    url.set_host(Some(host)).ok()?;
    url.set_port(Some(port.parse().ok()?)).ok()?;
    Some(url)
}

/// The address with what is said beside it. One that cannot be read is left as it is: the client says
/// why.
fn completed(url: String, port: Option<u16>, password: Option<&str>) -> String {
    let Ok(mut parsed) = Url::parse(&url) else {
        return url;
    };
    // Both fail only for an address without a host.
    if parsed.port().is_none() {
        let _ = parsed.set_port(port);
    }
    if parsed.password().is_none() {
        let _ = parsed.set_password(password);
    }
    parsed.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_parts_is_one_address_and_what_the_address_names_wins() {
        for (set, url) in [
            (&[("REDIS_URL", "rediss://a:1")][..], "rediss://a:1"),
            (&[("REDIS_HOST", "cache.local")], "redis://cache.local"),
            (
                &[("REDIS_HOST", "::1"), ("REDIS_PORT", "7")],
                "redis://[::1]:7",
            ),
            (
                &[
                    ("REDIS_HOST", "a"),
                    ("REDIS_PORT", "7"),
                    ("REDIS_PASSWORD", "p@ss"),
                ],
                "redis://:p%40ss@a:7",
            ),
            (
                &[
                    ("REDIS_URL", "redis://default@a"),
                    ("REDIS_PASSWORD", "secret"),
                ],
                "redis://default:secret@a",
            ),
            (
                &[
                    ("REDIS_URL", "redis://u:own@a:1/2"),
                    ("REDIS_PASSWORD", "x"),
                    ("REDIS_PORT", "7"),
                ],
                "redis://u:own@a:1/2",
            ),
        ] {
            let lookup = |name: &str| {
                let mut set = set.iter().chain(&[("ALLOW_PLAINTEXT", "true")]);
                let found = set.find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let mut env = Env::new(&lookup);
            let config = RedisConfig::read(&mut env);
            let config = env.finish(config).expect("no fault");
            assert_eq!(config.url, url, "{set:?}");
            config.client().expect("an address that the client takes");
            assert!(!config.is_cluster(), "{set:?}");
        }
    }

    #[test]
    fn nodes_of_a_cluster_are_addressed_as_the_first_of_them() {
        for (url, nodes, wanted) in [
            (
                "redis://u:secret@127.0.0.1:1",
                "localhost:2, [::1]:3",
                Some(&["redis://u:secret@localhost:2", "redis://u:secret@[::1]:3"][..]),
            ),
            (
                "rediss://a:1",
                "b.example.org:2",
                Some(&["rediss://b.example.org:2"]),
            ),
            // The first is on this machine, the second is reached over a network in clear text.
            ("redis://127.0.0.1:1", "192.0.2.7:2", None),
            ("redis://127.0.0.1:1", "localhost", None),
            // A cluster has no second database.
            ("redis://127.0.0.1:1/2", "localhost:2", None),
        ] {
            let lookup = |name: &str| match name {
                "REDIS_URL" => Some(url.to_owned()),
                "REDIS_CLUSTER_NODES" => Some(nodes.to_owned()),
                _ => None,
            };
            let mut env = Env::new(&lookup);
            let config = RedisConfig::read(&mut env);
            match (env.finish(config), wanted) {
                (Ok(config), Some(wanted)) => {
                    assert!(config.is_cluster(), "{nodes}");
                    assert_eq!(config.nodes, wanted, "{nodes}");
                }
                (Err(why), None) => {
                    assert!(why.to_string().contains("REDIS_CLUSTER_NODES"), "{why}");
                }
                (found, _) => panic!("{nodes}: {found:?}"),
            }
        }
    }
}
