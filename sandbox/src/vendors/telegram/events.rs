//! What the chat page hears about while it is open.

use serde_json::{Value, json};

use super::model::{Chat, Message};
use super::view;

/// One thing that happened in one chat.
#[derive(Debug, Clone)]
pub struct Event {
    /// Bot.
    pub token: String,
    /// Chat, which has the id of its person; 0 means every chat.
    pub user: i64,
    /// `message`, `edit`, `delete`, `draft`, `typing`, `notice`, `bot` or `reset`.
    pub kind: &'static str,
    /// Payload.
    pub data: Value,
}

impl Event {
    /// An event for every chat.
    pub fn all(kind: &'static str) -> Self {
        Self {
            token: String::new(),
            user: 0,
            kind,
            data: json!({}),
        }
    }

    /// A message was written.
    pub fn message(token: &str, chat: &Chat, message: &Message) -> Self {
        Self::of(token, chat, "message", view::message(token, message))
    }

    /// A message was changed.
    pub fn edit(token: &str, chat: &Chat, message: &Message) -> Self {
        Self::of(token, chat, "edit", view::message(token, message))
    }

    /// Anything else in one chat.
    pub fn of(token: &str, chat: &Chat, kind: &'static str, data: Value) -> Self {
        Self {
            token: token.to_owned(),
            user: chat.id(),
            kind,
            data,
        }
    }

    /// Whether a page that shows this chat has to show it.
    pub fn concerns(&self, token: &str, user: i64) -> bool {
        self.user == 0 || (self.user == user && self.token == token)
    }
}
