//! The bot's chat: what Telegram brings.

mod begin;
mod cancel;
mod commands;
mod consent;
mod groups;
mod messages;
mod notices;
mod presses;
mod rate_limit;
mod returned;
mod start;
mod webhook;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        webhook::webhook => Access::Webhook;
    }
}
