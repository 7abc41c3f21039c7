//! What a bot shows of itself: names and descriptions by language, commands by scope and
//! language, the menu button. Pure; called by `methods`, `control`.
//! Source: <https://core.telegram.org/bots/api#determining-list-of-commands>.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Everything that BotFather knows and a bot can change.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Lists by scope and language.
    commands: BTreeMap<String, Vec<Value>>,
    /// Texts by field and language.
    texts: BTreeMap<String, String>,
    /// Menu buttons by chat; 0 is the one of all chats.
    buttons: BTreeMap<i64, Value>,
}

/// A BotCommandScope as one word: `default`, `all_private_chats`, `chat:7`, ...
#[derive(Debug, Clone, PartialEq)]
pub struct Scope(String);

impl Scope {
    /// The scope of a request; none is `default`.
    pub fn read(scope: Option<&Value>) -> Option<Self> {
        let Some(scope) = scope else {
            return Some(Self("default".into()));
        };
        let id = |field: &str| match &scope[field] {
            Value::Number(id) => Some(id.to_string()),
            Value::String(id) if !id.is_empty() => Some(id.clone()),
            _ => None,
        };
        let kind = scope["type"].as_str()?;
        match kind {
            "default" | "all_private_chats" | "all_group_chats" | "all_chat_administrators" => {
                Some(Self(kind.into()))
            }
            "chat" | "chat_administrators" => Some(Self(format!("{kind}:{}", id("chat_id")?))),
            "chat_member" => Some(Self(format!(
                "{kind}:{}:{}",
                id("chat_id")?,
                id("user_id")?
            ))),
            _ => None,
        }
    }
}

fn key(what: &str, language: &str) -> String {
    format!("{what}/{language}")
}

impl Profile {
    /// Sets the list of one scope and language; an empty one takes it away.
    pub fn set_commands(&mut self, scope: &Scope, language: &str, list: Vec<Value>) {
        let key = key(&scope.0, language);
        if list.is_empty() {
            self.commands.remove(&key);
        } else {
            self.commands.insert(key, list);
        }
    }

    /// The list of exactly this scope and language.
    pub fn commands(&self, scope: &Scope, language: &str) -> &[Value] {
        let list = self.commands.get(&key(&scope.0, language));
        list.map_or(&[], Vec::as_slice)
    }

    /// The list that Telegram's apps show to a person: the first there is of chat, all private
    /// chats, default; each in their language, then without one.
    pub fn shown_commands(&self, person: i64, language: &str) -> &[Value] {
        let scopes = [
            format!("chat:{person}"),
            "all_private_chats".into(),
            "default".into(),
        ];
        let keys = scopes
            .iter()
            .flat_map(|scope| [key(scope, language), key(scope, "")]);
        let mut lists = keys.filter_map(|key| self.commands.get(&key));
        lists.next().map_or(&[], Vec::as_slice)
    }

    /// All lists, for those who look at what a bot has set.
    pub fn all_commands(&self) -> Value {
        json!(self.commands)
    }

    /// Sets `name`, `description` or `short_description` in a language; an empty one takes it away.
    pub fn set_text(&mut self, what: &str, language: &str, text: String) {
        let key = key(what, language);
        if text.is_empty() {
            self.texts.remove(&key);
        } else {
            self.texts.insert(key, text);
        }
    }

    /// The text in a language, or that for all languages.
    pub fn text(&self, what: &str, language: &str) -> Option<&str> {
        let own = self.texts.get(&key(what, language));
        let text = own.or_else(|| self.texts.get(&key(what, "")));
        text.map(String::as_str)
    }

    /// Sets the menu button of a chat, or of all; `default` takes it away.
    pub fn set_button(&mut self, chat: Option<i64>, button: Value) {
        if button["type"] == "default" {
            self.buttons.remove(&chat.unwrap_or(0));
        } else {
            self.buttons.insert(chat.unwrap_or(0), button);
        }
    }

    /// The menu button of a chat, or of all.
    pub fn button(&self, chat: Option<i64>) -> Value {
        let own = chat.and_then(|chat| self.buttons.get(&chat));
        let button = own.or_else(|| self.buttons.get(&0)).cloned();
        button.unwrap_or_else(|| json!({ "type": "commands" }))
    }
}
