//! What the sandbox can be told. Made by `main` (from the environment) and by tests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Everything `sandbox::start` needs. `Config::default()` is a private sandbox on free ports.
#[derive(Debug, Clone)]
pub struct Config {
    /// The main port: the vendors' base paths, chat page and control. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Holds what the vendors keep: snapshots, files, buckets.
    pub data_dir: PathBuf,
    /// How a webhook that does not answer 2xx is tried again.
    pub webhook: WebhookTiming,
    /// Pause between the pieces of a streamed answer of the AI.
    pub stream_pace: Duration,
    /// Read the snapshots at start and keep them up to date. Off: every start is a fresh world.
    pub persist: bool,
    /// Settings of single vendors, by the name of the variable; README.md lists them.
    pub settings: BTreeMap<String, String>,
}

impl Config {
    /// A vendor's setting; an empty one counts as absent.
    pub fn or(&self, name: &str, default: &str) -> String {
        let value = self.settings.get(name).filter(|value| !value.is_empty());
        value.map_or_else(|| default.to_owned(), String::clone)
    }

    /// Address of a vendor's own port. Not set, it is `port` on this machine, or a free one where the
    /// main port is a free one.
    ///
    /// # Errors
    /// The setting is no address.
    pub fn address(&self, name: &str, port: u16) -> anyhow::Result<SocketAddr> {
        let port = if self.listen.port() == 0 { 0 } else { port };
        let value = self.or(name, &format!("127.0.0.1:{port}"));
        let wrong = format!("{name} must be an address like 127.0.0.1:{port}, not {value:?}.");
        value.parse().map_err(|_| anyhow::Error::msg(wrong))
    }
}

/// Retry timing of webhook deliveries; the pause doubles from `first` to `cap`.
#[derive(Debug, Clone, Copy)]
pub struct WebhookTiming {
    /// Pause after the first failure.
    pub first: Duration,
    /// Longest pause.
    pub cap: Duration,
    /// How long one delivery may take.
    pub timeout: Duration,
}

impl Default for WebhookTiming {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(200),
            cap: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: PathBuf::from(".data/sandbox"),
            webhook: WebhookTiming::default(),
            stream_pace: Duration::ZERO,
            persist: false,
            settings: BTreeMap::new(),
        }
    }
}
