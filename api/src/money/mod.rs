//! Plans, how much of them is used, and paying for them. The path from money to a plan is described in
//! docs/PAYMENTS.md.

mod limits;
pub(crate) mod payments;
pub(crate) mod rates;
mod subscriptions;

pub(crate) use subscriptions::plans;

use people::api_keys::model::Scope;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        limits::show => Scope::LimitsRead;
        subscriptions::plans::list => Access::Public;
        subscriptions::show::show => Scope::SubscriptionsRead;
        subscriptions::purchase::purchase => Scope::SubscriptionsWrite;
        subscriptions::cancel::cancel => Scope::SubscriptionsWrite;
        subscriptions::trial::trial => Scope::SubscriptionsWrite;
        payments::receipts::list => Scope::SubscriptionsRead;
        payments::receipts::show => Scope::SubscriptionsRead;
        payments::telegram::webhook => Access::Webhook;
        payments::gateway::webhook => Access::SignedWebhook;
    }
}
