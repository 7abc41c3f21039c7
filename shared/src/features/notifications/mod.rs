//! What people are told in their chat: that a reading has begun, the reading, and bad news.

pub mod jobs;
pub mod texts;
