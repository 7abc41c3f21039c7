//! Groups: who is in them, what of their talk a bot hears, and becoming a supergroup.
//! Source: <https://core.telegram.org/bots/features#privacy-mode>. Called by `control`, `people`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::model::{Chat, Message, Person, Standing};
use super::people::Scene;
use super::{Telegram, people, wire};

/// Ids of supergroups are below this.
const SUPERGROUPS: i64 = -1_000_000_000_000;

/// A group of people with a bot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Group {
    /// Negative.
    pub id: i64,
    /// Name.
    pub title: String,
    /// People by their ids.
    pub members: BTreeMap<i64, Person>,
    /// The supergroup that took its place.
    pub migrated_to: Option<i64>,
}

impl Group {
    /// A group without people.
    pub fn new(id: i64) -> Self {
        Self {
            id,
            title: "Coffee lovers".into(),
            members: BTreeMap::new(),
            migrated_to: None,
        }
    }

    /// `group` or `supergroup`.
    pub fn kind(&self) -> &'static str {
        if self.id < SUPERGROUPS {
            "supergroup"
        } else {
            "group"
        }
    }
}

/// Whether a bot in privacy mode gets this message: all of a private chat, and of a group service
/// messages, commands to it or to all bots, and answers to it.
pub fn hears(token: &str, chat: &Chat, message: &Message) -> bool {
    let answers = message.reply_to.and_then(|id| chat.message(id));
    let text = message.text.as_deref().unwrap_or_default();
    let command = text.split_whitespace().next().unwrap_or_default();
    let commanded = command.starts_with('/')
        && command.split_once('@').is_none_or(|(_, bot)| {
            wire::bot_user(token)["username"]
                .as_str()
                .is_some_and(|name| name.eq_ignore_ascii_case(bot))
        });
    let is_service = message.text.is_none() && message.photo.is_empty() && message.file.is_none();
    chat.group.is_none() || commanded || is_service || answers.is_some_and(|m| m.from_bot)
}

/// Makes the group of `scene` a supergroup, which is another chat; gives back its id.
pub fn migrate(telegram: &Arc<Telegram>, token: &str, scene: &Scene) -> Result<i64, String> {
    let old = scene.chat_id();
    let new = SUPERGROUPS + old;
    {
        let mut state = telegram.state();
        let chat = state.bot(token).chat_at(scene);
        let group = chat.group.as_mut().filter(|it| it.kind() == "group");
        let group = group.ok_or("only a group can become a supergroup")?;
        let members = group.members.clone();
        let title = group.title.clone();
        let fresh = state.bot(token).chats.entry(new).or_default();
        fresh.group = Some(Group {
            title,
            members,
            ..Group::new(new)
        });
    }
    let service = |extra| Message {
        extra,
        ..Message::default()
    };
    let moved = service(json!({ "migrate_to_chat_id": new }));
    people::receive(telegram, token, scene, vec![moved])?;
    let scene_of_new = Scene {
        group: Some(new),
        ..scene.clone()
    };
    let came = service(json!({ "migrate_from_chat_id": old }));
    people::receive(telegram, token, &scene_of_new, vec![came])?;
    let mut state = telegram.state();
    let chat = state.bot(token).chat_at(scene);
    if let Some(group) = &mut chat.group {
        group.migrated_to = Some(new);
    }
    Ok(new)
}

impl Chat {
    /// Telegram's words when the bot may not write here.
    pub fn shut(&self) -> Option<&'static str> {
        let kind = self.group.as_ref().map(Group::kind);
        match (self.standing, kind) {
            (Standing::Member, _) => None,
            (Standing::Deactivated, _) => Some("Forbidden: user is deactivated"),
            (_, None) => Some("Forbidden: bot was blocked by the user"),
            (Standing::Left, Some("group")) => {
                Some("Forbidden: bot is not a member of the group chat")
            }
            (Standing::Left, Some(_)) => {
                Some("Forbidden: bot is not a member of the supergroup chat")
            }
            (_, Some("group")) => Some("Forbidden: bot was kicked from the group chat"),
            (_, Some(_)) => Some("Forbidden: bot was kicked from the supergroup chat"),
        }
    }
}
