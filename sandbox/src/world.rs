//! What all vendors of one running sandbox share. Made by `server::start`.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::calls::Calls;
use crate::config::Config;
use crate::faults::Faults;

/// There is no global state, so that many sandboxes fit into one process.
pub struct World {
    /// As given to `start`.
    pub config: Config,
    /// The fault plan.
    pub faults: Faults,
    /// The call log.
    pub calls: Calls,
    /// Client for webhooks.
    pub http: reqwest::Client,
    /// Rung after each change of what a snapshot holds.
    pub changed: Notify,
    here: OnceLock<SocketAddr>,
    tasks: Mutex<JoinSet<()>>,
}

/// Locks `mutex`, whatever became of the others who held it.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in another request must not take the sandbox down with it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// A world without faults and calls.
    ///
    /// # Errors
    /// The client for webhooks cannot be made.
    pub fn new(config: Config) -> anyhow::Result<Self> {
        // Webhooks live on this machine or are named by the bot: no proxy in between.
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self {
            config,
            faults: Faults::default(),
            calls: Calls::default(),
            http,
            changed: Notify::new(),
            here: OnceLock::new(),
            tasks: Mutex::default(),
        })
    }

    /// Tells where the main port is; once.
    pub fn settle_at(&self, addr: SocketAddr) {
        let _ = self.here.set(addr);
    }

    /// `http://host:port` of the main port, for links that people open.
    pub fn here(&self) -> String {
        let addr = self.here.get().copied().unwrap_or(self.config.listen);
        format!("http://{addr}")
    }

    /// Notes that a vendor's state differs from its snapshot.
    pub fn touched(&self) {
        self.changed.notify_one();
    }

    /// Runs `task` until the sandbox stops.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        lock(&self.tasks).spawn(task);
    }

    /// Ends every task, open connections included.
    pub fn abort_all(&self) {
        lock(&self.tasks).abort_all();
    }
}
