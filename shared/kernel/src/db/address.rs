//! The address of Postgres, and connecting there. `sslmode` and `sslrootcert` mean what they mean to
//! libpq (its manual, section 34.19.1).

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use diesel::{ConnectionError, ConnectionResult};
use diesel_async::AsyncPgConnection;
use tokio_postgres::config::{Host, SslMode as Attempt, SslNegotiation};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Config, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::form_urlencoded;

use super::pooler::Channel;
use super::verify::{self, Check};
use crate::networks::is_loopback;
use crate::telemetry::chain;
use crate::tls::Roots;

/// After so long without a TCP acknowledgement the host counts as gone: without this a query to it
/// hangs for a quarter of an hour.
const UNACKNOWLEDGED: Duration = Duration::from_secs(10);

/// Where Postgres is, as whom to connect, and how the connection is secured.
#[derive(Clone)]
pub struct Address {
    config: Config,
    tls: MakeRustlsConnect,
    /// Whether a pooler stands there that lends sessions by the transaction.
    is_pooled: bool,
}

/// Without user and password.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.place())
    }
}

/// The values of `sslmode`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "disable" => Self::Disable,
            "prefer" => Self::Prefer,
            "require" => Self::Require,
            "verify-ca" => Self::VerifyCa,
            "verify-full" => Self::VerifyFull,
            _ => {
                return Err(format!(
                    "its sslmode is {text:?}; known are disable, prefer, require, verify-ca and verify-full"
                ));
            }
        })
    }
}

impl FromStr for Address {
    type Err = String;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        Self::parse(url, &Roots::default())
    }
}

impl Address {
    /// Reads `postgres://user:password@host:port/database?sslmode=verify-full`. `roots` are trusted
    /// where the address has no `sslrootcert`.
    ///
    /// # Errors
    /// What is wrong, for the operator; without the address, which holds a password.
    pub fn parse(url: &str, roots: &Roots) -> Result<Self, String> {
        const FORM: &str = "it must be postgres://user:password@host:port/database";
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            return Err(FORM.to_owned());
        }
        let (url, mode, file) = without_tls(url);
        let mut config: Config = url.parse().map_err(|_| FORM.to_owned())?;
        if config.get_hosts().is_empty() {
            return Err(format!("it names no host; {FORM}"));
        }
        let mode = mode.map_or(Ok(Mode::Prefer), |mode| mode.parse())?;
        let roots = match file.as_deref() {
            None => roots.clone(),
            Some("system") if mode == Mode::VerifyFull => Roots::default(),
            Some("system") => return Err("sslrootcert=system needs sslmode=verify-full".to_owned()),
            Some(file) => {
                Roots::from_file(Path::new(file)).map_err(|why| format!("sslrootcert: {why}"))?
            }
        };
        config.ssl_mode(attempt(mode, &config));
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNACKNOWLEDGED);
        }
        let tls = verify::client(check(mode, &roots), &roots)?;
        let tls = MakeRustlsConnect::new(tls);
        Ok(Self {
            config,
            tls,
            is_pooled: false,
        })
    }

    /// The same address, of a pooler that lends sessions by the transaction: nothing is prepared there.
    ///
    /// # Errors
    /// What is wrong, for the operator: a Unix socket; `sslmode=prefer` over a network.
    pub fn pooled(mut self) -> Result<Self, String> {
        if self
            .config
            .get_hosts()
            .iter()
            .any(|host| !matches!(host, Host::Tcp(_)))
        {
            return Err("it is a Unix socket; name the pooler's host and port".to_owned());
        }
        if self.config.get_ssl_mode() == Attempt::Prefer && !self.is_local() {
            return Err(
                "say whether the pooler speaks TLS: sslmode=verify-full, or disable".to_owned(),
            );
        }
        self.is_pooled = true;
        Ok(self)
    }

    /// Whether it is that of a pooler: a session there is another one with each transaction.
    pub fn is_pooled(&self) -> bool {
        self.is_pooled
    }

    /// Host and port of the first server, for messages.
    pub fn place(&self) -> String {
        let port = self.config.get_ports().first().unwrap_or(&5432);
        match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => format!("{name}:{port}"),
            Some(Host::Unix(folder)) => folder.display().to_string(),
            None => "no host".to_owned(),
        }
    }

    /// The user in the address.
    pub fn user(&self) -> Option<&str> {
        self.config.get_user()
    }

    /// Whether nothing of it leaves this machine.
    pub fn is_local(&self) -> bool {
        is_unix(&self.config) || all_loopback(&self.config)
    }

    /// Whether a connection without TLS is refused.
    pub fn is_encrypted(&self) -> bool {
        self.config.get_ssl_mode() == Attempt::Require
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// With all causes in one line.
    pub async fn connect(&self) -> ConnectionResult<AsyncPgConnection> {
        if !self.is_pooled {
            return open(&self.config, self.tls.clone()).await;
        }
        let mut config = self.config.clone();
        let channel = match self.is_encrypted() {
            true => Channel::Tls(self.tls.clone()),
            false => {
                // The driver gives its connection to the channel at once, which then speaks no TLS.
                config.ssl_mode(Attempt::Require);
                config.ssl_negotiation(SslNegotiation::Direct);
                Channel::Plain
            }
        };
        open(&config, channel).await
    }
}

async fn open<T>(config: &Config, tls: T) -> ConnectionResult<AsyncPgConnection>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
    T::TlsConnect: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let connected = config.connect(tls).await;
    let (client, connection) = connected.map_err(|why| {
        let refusal = why
            .as_db_error()
            .map(|refusal| refusal.message().to_owned());
        ConnectionError::BadConnection(refusal.unwrap_or_else(|| chain(&why)))
    })?;
    AsyncPgConnection::try_from_client_and_connection(client, connection).await
}

/// The address without the two options that the driver does not know in full, and their values.
fn without_tls(url: &str) -> (String, Option<String>, Option<String>) {
    let Some((base, query)) = url.split_once('?') else {
        return (url.to_owned(), None, None);
    };
    let value = |wanted: &str| {
        let mut all = form_urlencoded::parse(query.as_bytes());
        all.find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let is_other =
        |option: &&str| !option.starts_with("sslmode=") && !option.starts_with("sslrootcert=");
    let others: Vec<&str> = query.split('&').filter(is_other).collect();
    (
        format!("{base}?{}", others.join("&")),
        value("sslmode"),
        value("sslrootcert"),
    )
}

/// A Unix socket needs no TLS, and Postgres offers none there.
fn attempt(mode: Mode, config: &Config) -> Attempt {
    match mode {
        _ if is_unix(config) => Attempt::Disable,
        Mode::Disable => Attempt::Disable,
        Mode::Prefer => Attempt::Prefer,
        Mode::Require | Mode::VerifyCa | Mode::VerifyFull => Attempt::Require,
    }
}

/// `require` with certificates of one's own is `verify-ca`, as in libpq.
fn check(mode: Mode, roots: &Roots) -> Check {
    match mode {
        Mode::VerifyFull => Check::Host,
        Mode::VerifyCa => Check::Authority,
        Mode::Require if roots.are_own() => Check::Authority,
        Mode::Disable | Mode::Prefer | Mode::Require => Check::Nothing,
    }
}

fn is_unix(config: &Config) -> bool {
    let hosts = config.get_hosts();
    hosts.iter().all(|host| matches!(host, Host::Unix(_)))
}

fn all_loopback(config: &Config) -> bool {
    let is_near = |host: &Host| match host {
        Host::Tcp(name) => is_loopback(name),
        Host::Unix(_) => true,
    };
    let addresses = config.get_hostaddrs();
    match addresses.is_empty() {
        true => config.get_hosts().iter().all(is_near),
        false => addresses.iter().all(|address| address.is_loopback()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(url: &str) -> Address {
        url.parse().unwrap_or_else(|why| panic!("{url}: {why}"))
    }

    #[test]
    fn what_leaves_the_machine_is_known_and_whether_it_is_encrypted() {
        for (url, local, encrypted) in [
            ("postgres://u:p@127.0.0.1/d", true, false),
            ("postgres://u:p@localhost:1/d?sslmode=require", true, true),
            ("postgresql://u:p@[::1]/d?sslmode=disable", true, false),
            (
                "postgres:///d?host=/run/postgresql&sslmode=verify-full",
                true,
                false,
            ),
            ("postgres://u@%2Frun%2Fpostgresql/d", true, false),
            ("postgres://u:p@10.0.0.7/d", false, false),
            (
                "postgres://u:p@db.example.org/d?sslmode=prefer",
                false,
                false,
            ),
            (
                "postgres://u:p@db.example.org/d?sslmode=require",
                false,
                true,
            ),
            (
                "postgres://u:p@db.example.org/d?sslmode=verify-ca&application_name=x",
                false,
                true,
            ),
            (
                "postgres://u:p@db.example.org/d?application_name=x&sslmode=verify%2Dfull",
                false,
                true,
            ),
            (
                "postgres://u:p@127.0.0.1,db.example.org/d?sslmode=disable",
                false,
                false,
            ),
            ("postgres://u:p@localhost/d?hostaddr=10.0.0.7", false, false),
        ] {
            let address = address(url);
            assert_eq!(
                (address.is_local(), address.is_encrypted()),
                (local, encrypted),
                "{url}"
            );
        }
    }

    #[test]
    fn a_pooler_has_a_port_and_says_whether_it_speaks_tls() {
        for (url, fault) in [
            ("postgres://u:p@127.0.0.1:6432/d", None),
            (
                "postgres://u:p@pooler.example.org/d?sslmode=verify-full",
                None,
            ),
            ("postgres://u:p@pooler.example.org/d?sslmode=disable", None),
            ("postgres://u:p@pooler.example.org/d", Some("speaks TLS")),
            ("postgres:///d?host=/run/pgbouncer", Some("Unix socket")),
        ] {
            match (address(url).pooled(), fault) {
                (Ok(address), None) => assert!(address.is_pooled(), "{url}"),
                (Err(why), Some(fault)) => assert!(why.contains(fault), "{url}: {why}"),
                (answer, _) => panic!("{url}: {answer:?}"),
            }
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_and_the_sentence_holds_no_password() {
        for (url, fault) in [
            ("host=x password=hunter2", "postgres://"),
            ("mysql://u:hunter2@x/d", "postgres://"),
            ("postgres://u:hunter2@x/d?unheard=of", "postgres://"),
            ("postgres:///d", "no host"),
            ("postgres://u:hunter2@x/d?sslmode=allow", "verify-full"),
            (
                "postgres://u:hunter2@x/d?sslmode=verify-ca&sslrootcert=system",
                "sslmode=verify-full",
            ),
            (
                "postgres://u:hunter2@x/d?sslrootcert=/not/there.pem",
                "sslrootcert: it cannot be read",
            ),
        ] {
            let why = url.parse::<Address>().expect_err(url);
            assert!(
                why.contains(fault) && !why.contains("hunter2"),
                "{url}: {why}"
            );
        }
    }
}
