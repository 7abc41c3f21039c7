//! Plans, how much of them is used, and paying for them. The path from money to a plan is described in
//! docs/PAYMENTS.md.

mod begun;
pub(crate) mod checkout;
pub(crate) mod invoices;
mod limits;
mod order;
mod pages;
pub(crate) mod payments;
pub(crate) mod rates;
mod subscriptions;

pub(crate) use subscriptions::plans;

use people::api_keys::model::Scope;
use people::organizations::roles::Permission;

use crate::http::endpoint::{Access, Endpoint, endpoints};

pub(crate) fn endpoints() -> Vec<Endpoint> {
    endpoints! {
        limits::show => (Scope::LimitsRead, Permission::UsageRead);
        subscriptions::plans::list => Access::Public;
        subscriptions::show::show => (Scope::SubscriptionsRead, Permission::BillingRead);
        subscriptions::purchase::purchase => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        subscriptions::cancel::cancel => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        subscriptions::trial::trial => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        subscriptions::list::list => (Scope::SubscriptionsRead, Permission::BillingRead);
        subscriptions::purchase::subscribe => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        subscriptions::change::change => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        subscriptions::change::remove => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        subscriptions::change::quote => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        subscriptions::list::changes => (Scope::SubscriptionsRead, Permission::BillingRead);
        payments::methods::list => (Scope::SubscriptionsRead, Permission::BillingRead);
        payments::methods::choose => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        payments::methods::remove => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        payments::intents::create => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        payments::portal::create => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        payments::receipts::list => (Scope::SubscriptionsRead, Permission::BillingRead);
        payments::receipts::show => (Scope::SubscriptionsRead, Permission::BillingRead);
        payments::refund_wish::create => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        invoices::show::list => (Scope::SubscriptionsRead, Permission::BillingRead);
        invoices::show::show => (Scope::SubscriptionsRead, Permission::BillingRead);
        invoices::pdf::pdf => (Scope::SubscriptionsRead, Permission::BillingRead);
        invoices::letters::send => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        invoices::linked::pdf => Access::Public;
        invoices::billing::show => (Scope::SubscriptionsRead, Permission::BillingRead);
        invoices::billing::replace => (Scope::SubscriptionsWrite, Permission::BillingWrite);
        payments::telegram::webhook => Access::Webhook;
        payments::gateway::webhook => Access::SignedWebhook;
        payments::gateway::endpoint => Access::SignedWebhook;
    }
}
