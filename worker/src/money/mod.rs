//! Plans and payments: the chores that end them and keep the books, and the messages about them.

mod ask_vendors;
mod expire;
mod give_back;
mod give_up;
mod in_chat;
mod invoice_letter;
mod issue_invoices;
mod keep_books;
mod news;
mod payment_success;
mod renew;
mod send_invoice;
mod take_statements;
mod words;
mod work_webhook;

use money::books::jobs::{KeepBooks, TakeStatements};
use money::invoices::jobs::{IssueInvoices, SendInvoiceLetter};
use money::news::{OrganizationNews, WriteNews};
use money::payments::asking::{AskAgain, AskVendors};
use money::payments::inbox::WorkWebhook;
use money::payments::messages::{
    InvoiceFailed, PaymentPartlyRefunded, PaymentRefunded, PaymentRefused, PaymentSuccess,
    SendInvoice,
};
use money::refunds::jobs::GiveBack;
use money::refunds::messages::RefundToClaim;
use money::renewals::jobs::Renew;
use money::renewals::messages::RenewalFailed;
use money::subscriptions::jobs::Expire;
use money::subscriptions::messages::{PlanEnded, TrialEnding};

use crate::state::WorkerState;
use runtime::handler::Registration;

/// The handlers of this feature.
pub(crate) const HANDLERS: &[Registration<WorkerState>] = &[
    Registration::of::<PaymentSuccess>(),
    Registration::of::<PaymentRefused>(),
    Registration::of::<PaymentRefunded>(),
    Registration::of::<PaymentPartlyRefunded>(),
    Registration::of::<RefundToClaim>(),
    Registration::of::<SendInvoice>(),
    Registration::of::<InvoiceFailed>(),
    Registration::of::<PlanEnded>(),
    Registration::of::<TrialEnding>(),
    Registration::of::<Expire>(),
    Registration::of::<KeepBooks>(),
    Registration::of::<TakeStatements>(),
    Registration::of::<GiveBack>(),
    Registration::of::<WorkWebhook>(),
    Registration::of::<AskVendors>(),
    Registration::of::<AskAgain>(),
    Registration::of::<IssueInvoices>(),
    Registration::of::<Renew>(),
    Registration::of::<RenewalFailed>(),
    Registration::of::<WriteNews>(),
    Registration::of::<OrganizationNews>(),
    Registration::of::<SendInvoiceLetter>(),
];
