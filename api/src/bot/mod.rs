//! The bot's chat: what Telegram brings.

mod begin;
mod commands;
mod consent;
mod history;
mod limits;
mod messages;
mod notices;
mod pages;
mod plans;
mod presses;
mod rate_limit;
mod settings;
mod support;
mod webhook;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        webhook::webhook => Access::Webhook;
    }
}
