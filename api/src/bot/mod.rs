//! The bot's chat: what Telegram brings.

mod begin;
mod cancel;
mod commands;
mod consent;
mod groups;
mod history;
mod limits;
mod edits;
mod focus;
mod messages;
mod notices;
mod pages;
mod plans;
mod presses;
mod questions;
mod rate_limit;
mod returned;
mod start;
mod settings;
mod support;
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
