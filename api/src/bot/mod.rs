//! The bot's chat: what Telegram brings, directly or by way of n8n.

mod begin;
mod consent;
mod notices;
mod rate_limit;
mod rollout;
mod webhook;
mod workflow_error;

use people::api_keys::model::Scope;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        webhook::webhook => Access::Webhook;
        workflow_error::report => Scope::Workflows;
        rollout::show => Scope::Workflows;
    }
}
