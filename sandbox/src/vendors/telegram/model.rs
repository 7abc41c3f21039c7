//! What Telegram remembers: bots, chats, messages, files. Plain data, written to
//! `telegram.json` as it stands.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::attachments::Attachment;
use super::drafts::Drafts;
use super::groups::Group;
use super::payments::Invoice;
use super::prepared::Prepared;
use super::profile::Profile;
use super::stars::Charge;

/// One bot, known by its token.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Bot {
    /// The whole token; empty for the stand-in that keeps chats until a bot connects.
    pub token: String,
    /// Where updates go.
    pub webhook: Option<Webhook>,
    /// Kinds wanted; none means all.
    pub allowed_updates: Option<Vec<String>>,
    /// Updates not taken yet, oldest first.
    pub pending: VecDeque<Update>,
    /// Id of the next update.
    pub next_update: i64,
    /// Chats by their id; a private chat has the id of its person.
    pub chats: BTreeMap<i64, Chat>,
    /// Files by file_id.
    pub files: BTreeMap<String, FileRef>,
    /// Their paths; only these can be downloaded.
    pub paths: BTreeSet<String>,
    /// Callback queries not answered yet: id and chat.
    pub callbacks: BTreeMap<String, i64>,
    /// Name, descriptions, commands, menu button.
    #[serde(default)]
    pub profile: Profile,
    /// Invoices by the name in their link.
    #[serde(default)]
    pub invoices: BTreeMap<String, Invoice>,
    /// Checkouts under way: null, true, or why not.
    #[serde(skip)]
    pub checkouts: BTreeMap<String, Value>,
    /// Stars that were taken, by the number of the charge.
    #[serde(default)]
    pub charges: BTreeMap<String, Charge>,
    /// What its Mini App keeps in Telegram's cloud, by person.
    #[serde(default)]
    pub clouds: BTreeMap<i64, BTreeMap<String, String>>,
    /// Messages that people may send from its Mini App, by their id.
    #[serde(default)]
    pub prepared: BTreeMap<String, Prepared>,
}

/// Where a bot wants its updates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Webhook {
    /// Address.
    pub url: String,
    /// Goes out as X-Telegram-Bot-Api-Secret-Token.
    pub secret: Option<String>,
    /// Only reported back.
    pub max_connections: i64,
    /// Unix time and words of the last failed delivery.
    pub last_error: Option<(i64, String)>,
}

/// One update waiting for the bot.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Update {
    /// Increasing.
    pub id: i64,
    /// `message`, `callback_query`, ...: a key of the Bot API's Update.
    pub kind: String,
    /// The object under that key.
    pub body: Value,
}

impl Update {
    /// As it goes over the wire.
    pub fn wire(&self) -> Value {
        let mut object = serde_json::Map::new();
        object.insert("update_id".into(), self.id.into());
        object.insert(self.kind.clone(), self.body.clone());
        Value::Object(object)
    }
}

/// The person a chat belongs to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Telegram id.
    pub id: i64,
    /// Never empty.
    pub first_name: String,
    /// IETF tag.
    pub language_code: Option<String>,
    /// Without the @.
    pub username: Option<String>,
    /// Whether they press a bot's button for consent by hand. Otherwise it is pressed as soon as it comes.
    #[serde(default)]
    pub reads_terms: bool,
}

/// A chat of the bot with a person, or a group.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Chat {
    /// The person of a private chat.
    pub person: Person,
    /// Set for a group.
    #[serde(default)]
    pub group: Option<Group>,
    /// Whether the bot may write.
    #[serde(default)]
    pub standing: Standing,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Id of the newest message.
    pub last_id: i64,
    /// Chat actions of the bot, newest last, bounded.
    pub actions: VecDeque<Action>,
    /// Messages that the bot was still writing.
    #[serde(skip)]
    pub drafts: Drafts,
}

/// What the bot is to a chat.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It may write.
    #[default]
    Member,
    /// Blocked by the person, or removed from the group.
    Kicked,
    /// It has left the group by itself.
    Left,
    /// The person has deleted their account.
    Deactivated,
}

impl Chat {
    /// Positive for a person, negative for a group.
    pub fn id(&self) -> i64 {
        self.group.as_ref().map_or(self.person.id, |group| group.id)
    }

    /// Who wrote a message that the bot did not.
    pub fn author<'a>(&'a self, message: &'a Message) -> &'a Person {
        message.sender.as_ref().unwrap_or(&self.person)
    }

    /// The message of that id.
    pub fn message(&self, id: i64) -> Option<&Message> {
        self.messages.iter().rev().find(|m| m.id == id)
    }

    /// The message of that id.
    pub fn message_mut(&mut self, id: i64) -> Option<&mut Message> {
        self.messages.iter_mut().rev().find(|m| m.id == id)
    }
}

/// "typing" and its kind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Action {
    /// As the bot sent it.
    pub action: String,
    /// Unix time in milliseconds.
    pub at_ms: i64,
}

/// One message of either side.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Per chat, from 1.
    pub id: i64,
    /// Written by the bot.
    pub from_bot: bool,
    /// The person who wrote it in a group; a private chat has only one.
    pub sender: Option<Person>,
    /// Unix time.
    pub date: i64,
    /// Unix time of the last edit of the content.
    pub edited: Option<i64>,
    /// Text, or the caption of a photo or file.
    pub text: Option<String>,
    /// Formatting of that text.
    pub entities: Vec<Entity>,
    /// Its sizes, smallest first; empty when there is no photo.
    pub photo: Vec<Photo>,
    /// A file of any kind.
    pub file: Option<Attachment>,
    /// Message this answers.
    pub reply_to: Option<i64>,
    /// More fields of the Bot API's Message, as they go over the wire: `location`, `invoice`,
    /// `media_group_id`, `successful_payment`, ...; null without any.
    #[serde(alias = "payment")]
    pub extra: Value,
    /// Lists of ReactionType by the id of who reacted.
    pub reactions: BTreeMap<i64, Vec<Value>>,
    /// Name of the invoice that its button pays.
    pub invoice: Option<String>,
    /// `{"inline_keyboard": ...}` as the bot sent it, or null.
    pub markup: Value,
}

impl Message {
    /// Its text is a caption.
    pub fn is_captioned(&self) -> bool {
        !self.photo.is_empty() || self.file.as_ref().is_some_and(Attachment::is_captioned)
    }
}

/// Formatting of a piece of text; offsets count UTF-16 units as Telegram's do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// `bold`, `text_link`, ...
    #[serde(rename = "type")]
    pub kind: String,
    /// First unit.
    pub offset: usize,
    /// Units.
    pub length: usize,
    /// For `text_link`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// For `pre`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub language: Option<String>,
    /// For `custom_emoji`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub custom_emoji_id: Option<String>,
}

/// One size of a photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Photo {
    /// The file.
    pub file: FileRef,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// A stored file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FileRef {
    /// What bots ask getFile for.
    pub id: String,
    /// Same for the same content.
    pub unique_id: String,
    /// Path after `/file/bot<token>/`, and below the data folder's `telegram/`.
    pub path: String,
    /// Bytes.
    pub size: usize,
    /// Name given by the sender.
    pub name: Option<String>,
    /// Type given by the sender.
    pub mime_type: Option<String>,
}

/// The digits before the colon of a well-shaped token.
pub fn bot_id(token: &str) -> Option<i64> {
    let (digits, rest) = token.split_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let shaped = !rest.is_empty() && rest.chars().all(plain);
    (shaped && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}
