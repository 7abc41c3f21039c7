//! Connecting to Redis.

use std::net::Ipv6Addr;
use std::time::Duration;

use redis::TlsCertificates;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use url::Url;

use crate::env::{Env, Section, Setting, Spelling};
use crate::error::Error;
use crate::networks::is_loopback;
use crate::tls::{Roots, Terms};

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

pub const SETTINGS: Section = Section {
    title: "Redis",
    settings: &[URL, PORT, PASSWORD, PREFIX],
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
        if let Ok(address) = Url::parse(&url) {
            check(env, &address, &terms);
        }
        Self {
            url,
            prefix: env.value(&PREFIX),
            roots: terms.roots,
        }
    }

    /// A client; it connects on first use.
    ///
    /// # Errors
    /// `Internal` for an invalid address.
    pub fn client(&self) -> Result<redis::Client, Error> {
        let address = self.url.as_str();
        let client = match self.url.starts_with("rediss:") {
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

    /// A connection that is made on first use, and again whenever it is lost. `timeout` applies
    /// to connecting, and to each answer.
    ///
    /// # Errors
    /// `Internal` for an invalid address.
    pub fn connection(
        &self,
        timeout: Duration,
        retries: usize,
    ) -> Result<ConnectionManager, Error> {
        let limits = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(timeout))
            .set_response_timeout(Some(timeout))
            .set_number_of_retries(retries);
        Ok(ConnectionManager::new_lazy_with_config(
            self.client()?,
            limits,
        )?)
    }
}

/// Over a network it is `rediss://`, with a certificate that is checked.
fn check(env: &mut Env<'_>, url: &Url, terms: &Terms) {
    let is_socket = matches!(url.scheme(), "redis+unix" | "unix");
    let is_local = is_socket || url.host_str().is_some_and(is_loopback);
    let is_encrypted = url.scheme() == "rediss";
    env.leads(&URL, is_local);
    terms.demand(env, &URL, is_local || is_encrypted, "make it rediss://");
    if is_encrypted && url.fragment().is_some() {
        env.fault(
            &URL,
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
        }
    }
}
