//! Plans, how much of them is used, and paying for them. The path from money to a plan is described in
//! docs/PAYMENTS.md.

pub(crate) mod checkout;
pub(crate) mod invoices;
mod limits;
mod pages;
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
        subscriptions::list::list => Scope::SubscriptionsRead;
        subscriptions::purchase::subscribe => Scope::SubscriptionsWrite;
        subscriptions::change::change => Scope::SubscriptionsWrite;
        subscriptions::change::remove => Scope::SubscriptionsWrite;
        subscriptions::change::quote => Scope::SubscriptionsWrite;
        subscriptions::list::changes => Scope::SubscriptionsRead;
        payments::methods::list => Scope::SubscriptionsRead;
        payments::methods::choose => Scope::SubscriptionsWrite;
        payments::methods::remove => Scope::SubscriptionsWrite;
        payments::receipts::list => Scope::SubscriptionsRead;
        payments::receipts::show => Scope::SubscriptionsRead;
        payments::refund_wish::create => Scope::SubscriptionsWrite;
        invoices::show::list => Scope::SubscriptionsRead;
        invoices::show::show => Scope::SubscriptionsRead;
        invoices::pdf::pdf => Scope::SubscriptionsRead;
        invoices::billing::show => Scope::SubscriptionsRead;
        invoices::billing::replace => Scope::SubscriptionsWrite;
        payments::telegram::webhook => Access::Webhook;
        payments::gateway::webhook => Access::SignedWebhook;
        payments::gateway::endpoint => Access::SignedWebhook;
    }
}
