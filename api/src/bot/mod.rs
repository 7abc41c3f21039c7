//! The bot's chat: what Telegram brings.

mod begin;
mod commands;
mod consent;
mod edits;
mod focus;
mod messages;
mod notices;
mod presses;
mod questions;
mod rate_limit;
mod ratings;
mod talk;
mod webhook;
mod words;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        webhook::webhook => Access::Webhook;
    }
}
