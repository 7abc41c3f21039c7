//! Moderation, over phrases in each language.

mod answers;
mod cases;
