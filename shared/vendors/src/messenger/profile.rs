//! What people see of the bot before they write to it.

use kernel::Language;

/// Texts and commands, for people whose messenger speaks a language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotProfile {
    /// English is also for those whose language is none of ours.
    pub language: Language,
    /// At most 64 characters; `None`: the name stays as it is.
    pub name: Option<String>,
    /// Stands in the empty chat; at most 512 characters.
    pub description: String,
    /// Stands in the profile, and goes with links to the bot; at most 120 characters.
    pub short_description: String,
    /// The menu of the chat.
    pub commands: Vec<BotCommand>,
}

/// A command of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BotCommand {
    /// Small letters of ASCII, digits and `_`; at most 32.
    pub name: String,
    /// At most 256 characters.
    pub description: String,
}
