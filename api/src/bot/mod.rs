//! The bot's chat: what Telegram brings.

mod begin;
mod commands;
mod consent;
mod messages;
mod notices;
mod presses;
mod rate_limit;
mod webhook;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        webhook::webhook => Access::Webhook;
    }
}
