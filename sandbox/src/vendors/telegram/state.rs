//! All bots together: finding one, choosing the default, adopting chats begun before any bot
//! came, queueing updates. Held in a mutex by `Telegram`; never locked across an await.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::groups::Group;
use super::model::{Action, Bot, Chat, FileRef, Person, Update};
use super::people::Scene;

/// Actions remembered per chat.
const ACTIONS_KEPT: usize = 200;

/// Kinds that a bot gets only when it has named them.
const BY_NAME_ALONE: [&str; 3] = ["chat_member", "message_reaction", "message_reaction_count"];

/// Every bot and everything said to it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// By token; the empty token is the stand-in before any bot is known.
    pub bots: BTreeMap<String, Bot>,
    /// The bot that last said getMe or setWebhook.
    pub newest: Option<String>,
    /// Number in the last file path; over all bots, so that adopted files keep their place.
    pub last_file: u64,
}

impl State {
    /// The bot of a token that speaks for the first time or again.
    pub fn bot(&mut self, token: &str) -> &mut Bot {
        if !self.bots.contains_key(token) {
            let mut bot = match self.newest {
                None if !token.is_empty() => self.bots.remove("").unwrap_or_default(),
                _ => Bot::default(),
            };
            bot.token = token.to_owned();
            if bot.next_update == 0 {
                bot.next_update = first_update_id();
            }
            self.bots.insert(token.to_owned(), bot);
        }
        if self.newest.is_none() && !token.is_empty() {
            self.newest = Some(token.to_owned());
        }
        self.bots.entry(token.to_owned()).or_default()
    }

    /// Chats and payments as on the first day; bots and webhooks stay connected.
    pub fn forget(&mut self) {
        self.bots.remove("");
        for bot in self.bots.values_mut() {
            bot.chats.clear();
            bot.pending.clear();
            bot.files.clear();
            bot.paths.clear();
            bot.callbacks.clear();
            bot.invoices.clear();
            bot.charges.clear();
            bot.clouds.clear();
            bot.prepared.clear();
        }
    }

    /// The token the chat page and the control API talk to unless told otherwise.
    pub fn default_token(&self) -> String {
        self.newest.clone().unwrap_or_default()
    }

    /// `wanted`, or the default.
    pub fn token(&self, wanted: Option<&str>) -> String {
        wanted.map_or_else(|| self.default_token(), str::to_owned)
    }
}

/// Telegram starts at any number; so does the sandbox, so that no code relies on 1.
fn first_update_id() -> i64 {
    100_000_000 + i64::from(uuid::Uuid::new_v4().as_fields().0 % 800_000_000)
}

impl Bot {
    /// Queues one update unless the bot does not want this kind.
    pub fn queue(&mut self, kind: &str, body: Value) {
        let wanted = match &self.allowed_updates {
            Some(list) if !list.is_empty() => list.iter().any(|k| k == kind),
            _ => !BY_NAME_ALONE.contains(&kind),
        };
        if !wanted {
            return;
        }
        let update = Update {
            id: self.next_update,
            kind: kind.to_owned(),
            body,
        };
        self.next_update += 1;
        self.pending.push_back(update);
    }

    /// Remembers a file, or what more is known of it.
    pub fn keep(&mut self, file: &FileRef) {
        self.paths.insert(file.path.clone());
        self.files.insert(file.id.clone(), file.clone());
    }

    /// The chat of `scene`, created on first sight; what is new about the person is kept.
    pub fn chat_at(&mut self, scene: &Scene) -> &mut Chat {
        let chat = self.chats.entry(scene.chat_id()).or_default();
        let person = scene.person.clone();
        match scene.group {
            None => chat.person = person,
            Some(id) => {
                let group = chat.group.get_or_insert_with(|| Group::new(id));
                group.members.insert(person.id, person);
            }
        }
        chat
    }

    /// The private chat of a person who may have said nothing yet.
    pub fn scene_of(&self, user: i64) -> Scene {
        let person = self.person(user).cloned().unwrap_or_else(|| Person {
            id: user,
            first_name: "Anna".into(),
            language_code: Some("en".into()),
            ..Person::default()
        });
        Scene {
            person,
            group: None,
        }
    }

    /// What is known of a person, from whatever chat they are in.
    pub fn person(&self, id: i64) -> Option<&Person> {
        let private = self.chats.get(&id).filter(|chat| chat.group.is_none());
        let private = private.map(|chat| &chat.person);
        let groups = self.chats.values().filter_map(|chat| chat.group.as_ref());
        let mut members = groups.filter_map(|group| group.members.get(&id));
        private.or_else(|| members.next())
    }
}

impl Chat {
    /// Gives the message its id and keeps it.
    pub fn push(&mut self, mut message: super::Message) -> super::Message {
        self.last_id += 1;
        message.id = self.last_id;
        message.date = chrono::Utc::now().timestamp();
        if message.from_bot {
            self.drafts.end();
        }
        self.messages.push(message.clone());
        message
    }

    /// Notes a chat action.
    pub fn act(&mut self, action: &str) {
        let at_ms = chrono::Utc::now().timestamp_millis();
        self.actions.push_back(Action {
            action: action.to_owned(),
            at_ms,
        });
        if self.actions.len() > ACTIONS_KEPT {
            self.actions.pop_front();
        }
    }
}
