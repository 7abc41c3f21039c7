//! Updates that the bot has handled. Telegram delivers an update again when our answer got lost.

pub mod queries;
