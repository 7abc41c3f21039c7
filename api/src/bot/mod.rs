//! The bot's chat: what Telegram brings.

mod begin;
mod cancel;
mod commands;
mod consent;
mod groups;
mod history;
mod limits;
mod messages;
mod notices;
mod pages;
mod plans;
mod presses;
mod rate_limit;
mod returned;
mod start;
mod settings;
mod support;
mod webhook;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        webhook::webhook => Access::Webhook;
    }
}
