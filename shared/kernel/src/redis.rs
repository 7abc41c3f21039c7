//! Connecting to Redis.

use std::net::Ipv6Addr;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};

use crate::env::{Env, Section, Setting, Spelling};
use crate::error::Error;

const URL: Setting = Setting::required(
    "REDIS_URL",
    "redis://default:password@127.0.0.1:6379",
    "Address of Redis.",
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
        Self {
            url: completed(url, port, password.as_deref()),
            prefix: env.value(&PREFIX),
        }
    }

    /// A client; it connects on first use.
    ///
    /// # Errors
    /// `Internal` for an invalid address.
    pub fn client(&self) -> Result<redis::Client, Error> {
        redis::Client::open(self.url.as_str())
            .map_err(|why| Error::internal(format!("REDIS_URL: {why}")))
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

fn url_of_host(host: &str) -> Result<String, String> {
    match host.parse::<Ipv6Addr>() {
        Ok(address) => Ok(format!("redis://[{address}]")),
        Err(_) => Ok(format!("redis://{host}")),
    }
}

/// The address with what is said beside it. One that cannot be read is left as it is: the client says
/// why.
fn completed(url: String, port: Option<u16>, password: Option<&str>) -> String {
    let Ok(mut parsed) = url::Url::parse(&url) else {
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
            (&[("REDIS_URL", "redis://a:1")][..], "redis://a:1"),
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
                let found = set.iter().find(|(known, _)| *known == name);
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
