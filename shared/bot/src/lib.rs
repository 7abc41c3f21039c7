//! The bot's chat: the updates that it has taken, and what it says by itself. Readings, payments and
//! privacy have messages of their own.

pub mod jobs;
pub mod queries;
pub mod texts;
