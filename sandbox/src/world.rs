//! Everything one running sandbox shares. Made by `server::start`; passed to every front door.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::{Notify, broadcast};
use tokio::task::JoinSet;

use crate::bank;
use crate::calls::Calls;
use crate::config::Config;
use crate::faults::Faults;
use crate::telegram::{self, Event};

/// The shared state; no other state exists, so that many sandboxes fit into one process.
pub struct World {
    /// As given to `start`.
    pub config: Config,
    /// The fault plan.
    pub faults: Faults,
    /// The call log.
    pub calls: Calls,
    /// Client for webhooks.
    pub http: reqwest::Client,
    /// Rung after each change of the chats.
    pub changed: Notify,
    telegram: Mutex<telegram::State>,
    bank: Mutex<bank::State>,
    here: OnceLock<SocketAddr>,
    events: broadcast::Sender<Event>,
    bells: Mutex<HashMap<String, Arc<Notify>>>,
    tasks: Mutex<JoinSet<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in another request must not take the sandbox down with it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    /// A world with the given past.
    pub fn new(config: Config, past: telegram::State) -> anyhow::Result<Self> {
        // Webhooks live on this machine or are named by the bot: no proxy in between.
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self {
            config,
            faults: Faults::default(),
            calls: Calls::default(),
            http,
            changed: Notify::new(),
            telegram: Mutex::new(past),
            bank: Mutex::default(),
            here: OnceLock::new(),
            events: broadcast::channel(1024).0,
            bells: Mutex::default(),
            tasks: Mutex::default(),
        })
    }

    /// Bots and chats. Never held across an await.
    pub fn telegram(&self) -> MutexGuard<'_, telegram::State> {
        lock(&self.telegram)
    }

    /// Payments in roubles. Never held across an await.
    pub fn bank(&self) -> MutexGuard<'_, bank::State> {
        lock(&self.bank)
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

    /// Notes that the chats differ from the snapshot.
    pub fn touched(&self) {
        self.changed.notify_one();
    }

    /// Makes this bot the one the page talks to.
    pub fn introduce(&self, token: &str) {
        let mut state = self.telegram();
        state.bot(token);
        if state.newest.as_deref() != Some(token) || state.bots.len() == 1 {
            state.newest = Some(token.to_owned());
            self.tell(Event::all("bot"));
        }
    }

    /// Tells open pages; nobody listening is fine.
    pub fn tell(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Events from now on.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The bell of a bot's courier, and whether it has just been hung up.
    pub fn bell(&self, token: &str) -> (Arc<Notify>, bool) {
        let mut bells = lock(&self.bells);
        let fresh = !bells.contains_key(token);
        (bells.entry(token.to_owned()).or_default().clone(), fresh)
    }

    /// Runs `task` until the sandbox stops.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        lock(&self.tasks).spawn(task);
    }

    /// Ends every task, open connections included.
    pub fn abort_all(&self) {
        lock(&self.tasks).abort_all();
    }

    /// Chats, faults and calls as on the first day; bots and webhooks stay connected.
    pub fn reset(&self) {
        self.faults.clear();
        self.calls.clear();
        self.bank().clear();
        {
            let mut state = self.telegram();
            state.bots.remove("");
            for bot in state.bots.values_mut() {
                bot.chats.clear();
                bot.pending.clear();
                bot.files.clear();
                bot.paths.clear();
                bot.callbacks.clear();
                bot.invoices.clear();
                bot.charges.clear();
            }
        }
        self.tell(Event::all("reset"));
        self.touched();
    }
}
