//! What the sandbox can be told. Called by `main` (from the environment) and by tests.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Everything `sandbox::start` needs. `Config::default()` is a private sandbox on free ports.
#[derive(Debug, Clone)]
pub struct Config {
    /// Bot API, chat page, AI and control. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// S3, on its own port because S3 clients own the whole path. Port 0 takes a free one.
    pub s3_listen: SocketAddr,
    /// Holds `s3/` (buckets), `telegram/` (files) and `telegram.json` (chats, webhooks).
    pub data_dir: PathBuf,
    /// The only access key S3 accepts.
    pub s3_access_key: String,
    /// Its secret.
    pub s3_secret_key: String,
    /// Created at start when it is not there.
    pub bucket: String,
    /// How a webhook that does not answer 2xx is tried again.
    pub webhook: WebhookTiming,
    /// The bank's one terminal, and its password.
    pub terminal_key: String,
    pub terminal_password: String,
    /// Pause between the pieces of a streamed answer of the AI.
    pub stream_pace: Duration,
    /// Read `telegram.json` at start and keep it up to date. Off: every start is a fresh world.
    pub persist: bool,
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
            s3_listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data_dir: PathBuf::from(".data/sandbox"),
            s3_access_key: "sandbox".into(),
            s3_secret_key: "sandbox-secret".into(),
            bucket: "symancy-photos".into(),
            webhook: WebhookTiming::default(),
            terminal_key: "SandboxDEMO".into(),
            terminal_password: "sandbox-password".into(),
            stream_pace: Duration::ZERO,
            persist: false,
        }
    }
}
