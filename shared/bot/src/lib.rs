//! The bot's chat: the updates that it has handled, and its notices. Readings, payments and privacy
//! have messages of their own.

pub mod jobs;
pub mod queries;
pub mod texts;
