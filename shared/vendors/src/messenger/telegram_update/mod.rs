//! Updates of the Bot API, in types of our own. Called by the webhook's handler.
//!
//! Only what is used is read. The Bot API grows every month: a field, an entity or a kind of update
//! that is not known here must change nothing of what is. Source:
//! <https://core.telegram.org/bots/api#update>.

mod content;
mod wire;

use chrono::{DateTime, Utc};
use kernel::text::storable_json;

pub use content::Content;
use wire::{Chat, Membership, Message, Press, Reaction, Update, User, read};

/// What a person did in the bot's chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Counts the updates of a bot; may arrive more than once.
    pub update_id: i64,
    pub event: Option<ChatEvent>,
}

/// Something that the bot answers: in a person's own chat with it, or a command in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatEvent {
    pub chat_id: i64,
    /// The message that was sent or edited; of a button or a reaction the one under which it is; 0 of
    /// [`EventKind::Blocked`].
    pub message_id: i64,
    /// Of a new message, a block and a return, by Telegram's clock.
    pub sent_at: Option<DateTime<Utc>>,
    pub from: Sender,
    pub kind: EventKind,
}

/// A person, as Telegram describes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    pub telegram_id: i64,
    pub username: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    /// IETF tag; Telegram leaves it out for some clients.
    pub language_code: Option<String>,
}

/// Kinds of events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// "/start@bot ref_12" is the command `start` with the argument `ref_12`.
    Command {
        /// In small letters, without the name of the bot.
        name: String,
        argument: Option<String>,
    },
    /// A command in a group that names a bot.
    InGroup {
        name: String,
        /// Without `@`.
        bot: String,
    },
    Photo(Photo),
    Words(String),
    /// Content that the bot cannot read.
    Other(Content),
    /// A message that was changed after it was sent.
    Edited {
        photo: Option<Photo>,
        text: Option<String>,
    },
    /// A button under a message of ours.
    Pressed {
        query_id: String,
        data: String,
    },
    /// The emoji that a person has put on a message, all that stand there now.
    Reacted {
        emoji: Vec<String>,
    },
    /// The person has blocked the bot, or taken that back.
    Blocked(bool),
}

/// A photo, or an image sent as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Photo {
    pub file_id: String,
    pub caption: Option<String>,
    /// Messages that were sent as one have the same.
    pub album: Option<String>,
}

/// The largest id of a person: they have at most 52 significant bits
/// (<https://core.telegram.org/bots/api#user>).
pub const TELEGRAM_ID_MAX: i64 = (1 << 52) - 1;

/// Reads the body of a webhook call.
///
/// # Errors
/// Why it is not an update.
pub fn parse(body: &[u8]) -> Result<Incoming, String> {
    let body = &*storable_json(body);
    let update: Update = read(body)?;
    let event = (update.message.and_then(|message| sent(message, body)))
        .or_else(|| update.edited_message.and_then(edited))
        .or_else(|| update.callback_query.and_then(pressed))
        .or_else(|| update.message_reaction.and_then(reacted))
        .or_else(|| update.my_chat_member.and_then(membership));
    Ok(Incoming {
        update_id: update.update_id,
        event,
    })
}

fn sent(message: Message, body: &[u8]) -> Option<ChatEvent> {
    let from = message.from.clone().filter(User::is_person)?;
    if !message.chat.is_private() {
        return in_group(&message, from);
    }
    let photo = message.photo();
    let kind = match (photo, &message.text) {
        (Some(photo), _) => EventKind::Photo(photo),
        (None, Some(text)) => command(text).unwrap_or_else(|| EventKind::Words(text.clone())),
        (None, None) => EventKind::Other(content::of(&message, body)?),
    };
    let sent_at = message.date.and_then(moment);
    Some(ChatEvent {
        sent_at,
        ..event(&message.chat, message.message_id, from, kind)
    })
}

/// The name of a command, the bot that it names, and the rest of the text.
fn command_parts(text: &str) -> Option<(String, Option<&str>, &str)> {
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let (name, bot) = match first.strip_prefix('/')?.split_once('@') {
        Some((name, bot)) => (name, Some(bot)),
        None => (first.strip_prefix('/')?, None),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_command = !name.is_empty() && name.chars().all(is_name);
    is_command.then(|| (name.to_ascii_lowercase(), bot, rest.trim()))
}

fn command(text: &str) -> Option<EventKind> {
    let (name, _, argument) = command_parts(text)?;
    let argument = Some(argument.to_owned()).filter(|argument| !argument.is_empty());
    Some(EventKind::Command { name, argument })
}

fn in_group(message: &Message, from: User) -> Option<ChatEvent> {
    if !message.chat.is_group() {
        return None;
    }
    let (name, bot, _) = command_parts(message.text.as_deref()?)?;
    let bot = bot?.to_owned();
    let kind = EventKind::InGroup { name, bot };
    Some(event(&message.chat, message.message_id, from, kind))
}

fn edited(message: Message) -> Option<ChatEvent> {
    let from = message.from.clone().filter(User::is_person)?;
    let photo = message.photo();
    let kind = EventKind::Edited {
        photo,
        text: message.text,
    };
    let (chat, id) = (&message.chat, message.message_id);
    chat.is_private().then(|| event(chat, id, from, kind))
}

/// A pressed button of the bot's private chat.
fn pressed(press: Press) -> Option<ChatEvent> {
    let under = press.message?;
    let kind = EventKind::Pressed {
        query_id: press.id,
        data: press.data.unwrap_or_default(),
    };
    let (chat, id) = (&under.chat, under.message_id);
    chat.is_private().then(|| event(chat, id, press.from, kind))
}

fn reacted(reaction: Reaction) -> Option<ChatEvent> {
    let from = reaction.user.filter(User::is_person)?;
    let emoji = reaction.new_reaction.into_iter();
    let kind = EventKind::Reacted {
        emoji: emoji.filter_map(|one| one.emoji).collect(),
    };
    let (chat, id) = (&reaction.chat, reaction.message_id);
    chat.is_private().then(|| event(chat, id, from, kind))
}

fn membership(change: Membership) -> Option<ChatEvent> {
    let kind = match change.new_chat_member.status.as_str() {
        "kicked" => EventKind::Blocked(true),
        "member" => EventKind::Blocked(false),
        _ => return None,
    };
    let (from, sent_at) = (change.from, change.date.and_then(moment));
    (change.chat.is_private() && from.is_person()).then(|| ChatEvent {
        sent_at,
        ..event(&change.chat, 0, from, kind)
    })
}

fn moment(unix: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(unix, 0)
}

fn event(chat: &Chat, message_id: i64, from: User, kind: EventKind) -> ChatEvent {
    ChatEvent {
        chat_id: chat.id,
        message_id,
        sent_at: None,
        from: from.into(),
        kind,
    }
}
