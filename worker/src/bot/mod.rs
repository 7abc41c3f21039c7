//! What the bot says by itself.

mod send_notice;
