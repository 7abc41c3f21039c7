//! The bot's chat: what Telegram brings, directly or by way of n8n; and what of it the Mini App shows.

mod app;
mod begin;
mod cancel;
mod closed;
mod commands;
mod consent;
mod documents;
mod edits;
mod focus;
mod groups;
mod history;
mod limits;
mod linking;
mod messages;
mod notices;
mod pages;
mod plans;
mod presses;
mod questions;
mod rate_limit;
mod ratings;
mod requests;
mod returned;
mod rollout;
mod settings;
mod start;
mod support;
mod talk;
mod webhook;
mod words;
mod workflow_error;

use people::api_keys::model::Scope;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        webhook::webhook => Access::Webhook;
        app::show => Access::Public;
        documents::show => Access::Public;
        requests::create => Scope::UsersWrite;
        workflow_error::report => Scope::Workflows;
        rollout::show => Scope::Workflows;
    }
}
