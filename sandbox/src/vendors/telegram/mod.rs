//! Telegram: the Bot API as bots see it, the people who write to them, and the courier that brings
//! updates to webhooks.

mod acts;
mod apps;
mod attachments;
mod cloud;
mod control;
mod courier;
mod door;
mod drafts;
mod entities;
mod error;
mod events;
mod groups;
mod init_data;
mod markdown;
mod markup;
mod methods;
mod model;
mod payments;
mod people;
mod photos;
mod prepared;
mod profile;
mod stars;
mod state;
mod store;
mod tags;
mod taps;
mod view;
mod wire;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use hyper::Request;
use hyper::body::Incoming;
use tokio::sync::{Notify, broadcast};

use crate::faults::{Kind, Service};
use crate::http::{Answer, Reply, Req};
use crate::snapshot;
use crate::vendor::Vendor;
use crate::world::{World, lock};
use events::Event;
use model::{Entity, Message, Person};
use state::State;

const NAME: &str = "telegram";

const FILE: &str = "file";

/// Id of a query to a bot: a positive number.
fn query_id() -> String {
    (uuid::Uuid::new_v4().as_u64_pair().0 >> 1).to_string()
}

static SERVICES: [Service; 3] = [CALLS, DOWNLOADS, WEBHOOK];

const CALLS: Service = Service {
    name: NAME,
    operations: methods::METHODS,
    kind: Kind::Calls,
};

const DOWNLOADS: Service = Service {
    name: NAME,
    operations: &[FILE],
    kind: Kind::Calls,
};

/// Deliveries to the bot; the operations are the kinds of updates that are made here.
const WEBHOOK: Service = Service {
    name: "webhook",
    operations: &[
        "message",
        "edited_message",
        "callback_query",
        "pre_checkout_query",
        "message_reaction",
        "my_chat_member",
        "subscription",
        "stopped_message_generation",
    ],
    kind: Kind::Deliveries,
};

/// Everything that Telegram knows.
pub struct Telegram {
    world: Arc<World>,
    state: Mutex<State>,
    events: broadcast::Sender<Event>,
    bells: Mutex<HashMap<String, Arc<Notify>>>,
}

/// Telegram with the chats of its last run.
pub fn open(world: &Arc<World>) -> Arc<dyn Vendor> {
    Arc::new(Telegram {
        world: world.clone(),
        state: Mutex::new(snapshot::load(&world.config, NAME)),
        events: broadcast::channel(1024).0,
        bells: Mutex::default(),
    })
}

#[async_trait]
impl Vendor for Telegram {
    fn name(&self) -> &'static str {
        NAME
    }

    fn services(&self) -> &'static [Service] {
        &SERVICES
    }

    async fn answer(self: Arc<Self>, path: &str, request: Request<Incoming>) -> Answer {
        door::answer(&self, path, request).await
    }

    fn controls(&self) -> &'static [&'static str] {
        &["users", "groups", "bots", "files"]
    }

    async fn control(self: Arc<Self>, path: &str, req: Req) -> Reply {
        control::answer(&self, path, req).await
    }

    fn start(self: Arc<Self>) {
        courier::wake_all(&self);
    }

    fn snapshot(&self) -> serde_json::Result<Option<Vec<u8>>> {
        serde_json::to_vec(&*self.state()).map(Some)
    }

    fn reset(&self) {
        self.state().forget();
        // Nothing refers to the files any more; a folder that is not there is as good as empty.
        let _ = std::fs::remove_dir_all(self.world.config.data_dir.join(NAME));
        self.publish(Event::all("reset"));
    }
}

impl Telegram {
    /// Bots and chats. Never held across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Makes this bot the one the page talks to.
    fn introduce(&self, token: &str) {
        let mut state = self.state();
        state.bot(token);
        if state.newest.as_deref() != Some(token) || state.bots.len() == 1 {
            state.newest = Some(token.to_owned());
            self.publish(Event::all("bot"));
        }
    }

    /// Sends an event to the open chat pages; without one it is dropped.
    fn publish(&self, event: Event) {
        let _ = self.events.send(event);
    }

    /// Events from now on.
    fn listen(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The bell of a bot's courier, and whether it has just been hung up.
    fn bell(&self, token: &str) -> (Arc<Notify>, bool) {
        let mut bells = lock(&self.bells);
        let fresh = !bells.contains_key(token);
        (bells.entry(token.to_owned()).or_default().clone(), fresh)
    }
}
