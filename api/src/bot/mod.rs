//! The bot's chat: what Telegram brings.

mod begin;
mod consent;
mod notices;
mod rate_limit;
mod webhook;
mod words;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        webhook::webhook => Access::Webhook;
    }
}
